using System.Globalization;
using System.Net;
using System.Text;

namespace OrleansStorage.S3.Client;

/// <summary>
/// A small S3 client for tests: it signs anything, also what a good client would not send, and returns what came.
/// </summary>
public sealed class S3TestClient : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
        UseProxy = false,
    });

    private readonly Uri _endpoint;
    private readonly S3Signer _signer;
    private readonly TimeProvider _time;

    /// <summary>A client of one user.</summary>
    /// <param name="endpoint">Scheme, host and port.</param>
    /// <param name="accessKey">The access key.</param>
    /// <param name="secretKey">Its secret.</param>
    /// <param name="region">The region that is signed for.</param>
    /// <param name="time">The clock of signatures; null for the system's.</param>
    public S3TestClient(
        Uri endpoint, string accessKey, string secretKey, string region = "us-east-1", TimeProvider? time = null)
    {
        _endpoint = endpoint;
        _signer = new S3Signer(accessKey, secretKey, region);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>CreateBucket.</summary>
    public Task<S3Response> CreateBucketAsync(string bucket) => SendAsync(new S3Request { Method = "PUT", Bucket = bucket });

    /// <summary>DeleteBucket.</summary>
    public Task<S3Response> DeleteBucketAsync(string bucket) =>
        SendAsync(new S3Request { Method = "DELETE", Bucket = bucket });

    /// <summary>PutObject.</summary>
    public Task<S3Response> PutAsync(
        string bucket, string key, byte[] body, PayloadMode payload = PayloadMode.SignedPayload, params (string Name, string Value)[] headers) =>
        SendAsync(new S3Request { Method = "PUT", Bucket = bucket, Key = key, Body = body, Payload = payload, Headers = Map(headers) });

    /// <summary>GetObject.</summary>
    public Task<S3Response> GetAsync(string bucket, string key, params (string Name, string Value)[] headers) =>
        SendAsync(new S3Request { Method = "GET", Bucket = bucket, Key = key, Headers = Map(headers) });

    /// <summary>HeadObject.</summary>
    public Task<S3Response> HeadAsync(string bucket, string key, params (string Name, string Value)[] headers) =>
        SendAsync(new S3Request { Method = "HEAD", Bucket = bucket, Key = key, Headers = Map(headers) });

    /// <summary>DeleteObject.</summary>
    public Task<S3Response> DeleteAsync(string bucket, string key, params (string Name, string Value)[] headers) =>
        SendAsync(new S3Request { Method = "DELETE", Bucket = bucket, Key = key, Headers = Map(headers) });

    /// <summary>ListObjectsV2, or any GET of a bucket with these parameters.</summary>
    public Task<S3Response> ListAsync(string bucket, params (string Name, string Value)[] query) =>
        SendAsync(new S3Request { Method = "GET", Bucket = bucket, Query = [("list-type", "2"), .. query] });

    /// <summary>CreateMultipartUpload; the upload's id.</summary>
    public async Task<string> CreateUploadAsync(string bucket, string key, params (string Name, string Value)[] headers)
    {
        var response = await SendAsync(
            new S3Request { Method = "POST", Bucket = bucket, Key = key, Query = [("uploads", "")], Headers = Map(headers) });
        return response.Require(200).Value("UploadId");
    }

    /// <summary>UploadPart.</summary>
    public Task<S3Response> UploadPartAsync(
        string bucket, string key, string uploadId, int number, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync(new S3Request
        {
            Method = "PUT",
            Bucket = bucket,
            Key = key,
            Query = [("partNumber", number.ToString(CultureInfo.InvariantCulture)), ("uploadId", uploadId)],
            Body = body,
            Headers = Map(headers),
        });

    /// <summary>CompleteMultipartUpload, with the ETags in order, numbered from 1.</summary>
    public Task<S3Response> CompleteAsync(
        string bucket, string key, string uploadId, IEnumerable<string> etags, params (string Name, string Value)[] headers)
    {
        var parts = string.Concat(etags.Select((etag, i) => $"<Part><PartNumber>{i + 1}</PartNumber><ETag>\"{etag}\"</ETag></Part>"));
        return SendAsync(new S3Request
        {
            Method = "POST",
            Bucket = bucket,
            Key = key,
            Query = [("uploadId", uploadId)],
            Body = Encoding.UTF8.GetBytes($"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"),
            Headers = Map(headers),
        });
    }

    /// <summary>AbortMultipartUpload.</summary>
    public Task<S3Response> AbortAsync(string bucket, string key, string uploadId) =>
        SendAsync(new S3Request { Method = "DELETE", Bucket = bucket, Key = key, Query = [("uploadId", uploadId)] });

    /// <summary>Signs a request in its headers and sends it.</summary>
    public async Task<S3Response> SendAsync(S3Request request)
    {
        var time = request.Time ?? _time.GetUtcNow();
        var path = EncodePath(request);
        var payload = PayloadText(request);
        var signed = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase)
        {
            ["host"] = request.Host ?? _endpoint.Authority,
            ["x-amz-content-sha256"] = payload,
        };
        signed.TryAdd("x-amz-date", S3Signer.Format(time));
        signed.Remove("Expect");
        var isChunked = request.Payload >= PayloadMode.Chunked;
        if (isChunked)
        {
            signed["x-amz-decoded-content-length"] = (request.Body ?? []).Length.ToString(CultureInfo.InvariantCulture);
            signed["content-encoding"] = signed.TryGetValue("content-encoding", out var own) ? "aws-chunked," + own : "aws-chunked";
            if (request.Trailer is { } trailer)
            {
                signed["x-amz-trailer"] = trailer.Name;
            }
        }

        var (authorization, signature) = _signer.Sign(request.Method, path, request.Query, signed, payload, time);
        var body = isChunked ? _signer.Chunk(request, signature, time) : request.Body;
        if (request.TamperBody is not null)
        {
            body = request.TamperBody(body ?? []);
        }

        signed["Authorization"] = request.TamperAuthorization?.Invoke(authorization) ?? authorization;
        foreach (var (name, value) in request.UnsignedHeaders)
        {
            signed[name] = value;
        }

        return await SendRawAsync(
            request.Method, path, S3Signer.CanonicalQuery(request.Query), signed, body, request.Headers.ContainsKey("Expect"));
    }

    /// <summary>Sends a presigned request.</summary>
    /// <param name="request">Its headers are sent and not signed.</param>
    /// <param name="expires">Seconds, or whatever is to be tried.</param>
    public Task<S3Response> SendPresignedAsync(S3Request request, string expires = "60")
    {
        var path = EncodePath(request);
        var host = request.Host ?? _endpoint.Authority;
        var query = _signer.Presign(
            request.Method, path, request.Query, host, request.Time ?? _time.GetUtcNow(), expires);
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase) { ["host"] = host };
        return SendRawAsync(request.Method, path, query, headers, request.Body, expectsContinue: false);
    }

    /// <summary>Sends a request as it is.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Encoded path; reaches the server as it is.</param>
    /// <param name="query">Encoded query, without the question mark.</param>
    /// <param name="headers">All headers but those of the connection.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="expectsContinue">Wait for 100 before the body.</param>
    public async Task<S3Response> SendRawAsync(
        string method,
        string path,
        string query,
        IReadOnlyDictionary<string, string> headers,
        byte[]? body,
        bool expectsContinue)
    {
        // Without this, dot segments and escapes would be tidied up on the way.
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var target = query.Length == 0 ? path : $"{path}?{query}";
        using var message = new HttpRequestMessage(
            new HttpMethod(method), new Uri($"{_endpoint.Scheme}://{_endpoint.Authority}{target}", options));
        if (body is not null || method is "PUT" or "POST")
        {
            message.Content = new ByteArrayContent(body ?? []);
        }

        message.Headers.ExpectContinue = expectsContinue;
        foreach (var (name, value) in headers)
        {
            AddHeader(message, name, value);
        }

        using var response = await _http.SendAsync(message);
        return await ReadAsync(response);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static void AddHeader(HttpRequestMessage message, string name, string value)
    {
        if (name.Equals("expect", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (!message.Headers.TryAddWithoutValidation(name, value))
        {
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static async Task<S3Response> ReadAsync(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            headers[name] = string.Join(",", values);
        }

        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            headers[name] = string.Join(",", values);
        }

        return new S3Response((int)response.StatusCode, headers, await response.Content.ReadAsByteArrayAsync());
    }

    private static string EncodePath(S3Request request)
    {
        if (request.Bucket.Length == 0)
        {
            return "/" + S3Signer.Encode(request.Key, keepSlash: true);
        }

        return request.Key.Length == 0
            ? "/" + request.Bucket
            : $"/{request.Bucket}/{S3Signer.Encode(request.Key, keepSlash: true)}";
    }

    private static string PayloadText(S3Request request) => request.Payload switch
    {
        PayloadMode.SignedPayload => S3Signer.Hash(request.Body),
        PayloadMode.UnsignedPayload => "UNSIGNED-PAYLOAD",
        PayloadMode.Chunked => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        PayloadMode.ChunkedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        PayloadMode.UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        _ => throw new ArgumentOutOfRangeException(nameof(request), request.Payload, "Unknown mode."),
    };

    private static Dictionary<string, string> Map((string Name, string Value)[] headers) =>
        headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase);
}
