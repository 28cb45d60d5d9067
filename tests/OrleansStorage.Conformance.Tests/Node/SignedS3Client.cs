using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OrleansStorage.Conformance.Node;

/// <summary>
/// A small S3 client that signs with Signature Version 4 and shares no code with the server. One connection pool, no
/// retries of its own. Keys are ASCII letters, digits, '-', '.' and '/'.
/// </summary>
internal sealed partial class SignedS3Client(Uri endpoint, S3Keys keys) : IDisposable
{
    private const string Region = "us-east-1";

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            Timeout = TimeSpan.FromSeconds(30),
        };

    public void Dispose() => _http.Dispose();

    public Task<S3Answer> PutAsync(string bucket, string key, byte[] body) => SendAsync(HttpMethod.Put, $"{bucket}/{key}", "", body);

    public Task<S3Answer> GetAsync(string bucket, string key) => SendAsync(HttpMethod.Get, $"{bucket}/{key}");

    public Task<S3Answer> DeleteAsync(string bucket, string key) => SendAsync(HttpMethod.Delete, $"{bucket}/{key}");

    public Task<S3Answer> CopyAsync(string bucket, string source, string key) =>
        SendAsync(HttpMethod.Put, $"{bucket}/{key}", "", null, ("x-amz-copy-source", $"/{bucket}/{source}"));

    public async Task<string> BeginUploadAsync(string bucket, string key) =>
        Element(Must(await SendAsync(HttpMethod.Post, $"{bucket}/{key}", "uploads=")).Text, "UploadId");

    /// <returns>The ETag of the part.</returns>
    public async Task<string> UploadPartAsync(string bucket, string key, string upload, int number, byte[] body)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"partNumber={number}&uploadId={Escape(upload)}");
        return Must(await SendAsync(HttpMethod.Put, $"{bucket}/{key}", query, body)).ETag;
    }

    public Task<S3Answer> CompleteUploadAsync(string bucket, string key, string upload, IReadOnlyList<string> etags)
    {
        var parts = etags.Select((etag, index) => string.Create(
            CultureInfo.InvariantCulture, $"<Part><PartNumber>{index + 1}</PartNumber><ETag>{etag}</ETag></Part>"));
        var body = $"<CompleteMultipartUpload>{string.Concat(parts)}</CompleteMultipartUpload>";
        return SendAsync(HttpMethod.Post, $"{bucket}/{key}", $"uploadId={Escape(upload)}", Encoding.UTF8.GetBytes(body));
    }

    public Task<S3Answer> AbortUploadAsync(string bucket, string key, string upload) =>
        SendAsync(HttpMethod.Delete, $"{bucket}/{key}", $"uploadId={Escape(upload)}");

    /// <summary>Every key and its size, page by page.</summary>
    public async Task<SortedDictionary<string, long>> ListAsync(string bucket)
    {
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var token = "";
        do
        {
            var page = Must(await SendAsync(HttpMethod.Get, bucket, (token == "" ? "" : $"continuation-token={Escape(token)}&") + "list-type=2&max-keys=100")).Text;
            foreach (Match entry in EntryPattern().Matches(page))
            {
                found.Add(Element(entry.Value, "Key"), long.Parse(Element(entry.Value, "Size"), CultureInfo.InvariantCulture));
            }

            token = page.Contains("<IsTruncated>true", StringComparison.Ordinal) ? Element(page, "NextContinuationToken") : "";
        }
        while (token != "");
        return found;
    }

    /// <summary>Unfinished uploads of a bucket; at most a thousand.</summary>
    public async Task<List<(string Key, string Upload)>> ListUploadsAsync(string bucket)
    {
        var page = Must(await SendAsync(HttpMethod.Get, bucket, "uploads=")).Text;
        return [.. UploadPattern().Matches(page).Select(entry => (Element(entry.Value, "Key"), Element(entry.Value, "UploadId")))];
    }

    /// <summary>Sends one signed request and reads the whole answer.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Bucket, or bucket and key.</param>
    /// <param name="query">Parameters with escaped values, sorted by name.</param>
    /// <param name="body">The body, if any.</param>
    /// <param name="extra">A further header, which is signed.</param>
    public async Task<S3Answer> SendAsync(
        HttpMethod method, string path, string query = "", byte[]? body = null, (string Name, string Value)? extra = null)
    {
        using var content = body is null ? null : new ByteArrayContent(body);
        return await SendAsync(method, path, query, content, Hex(SHA256.HashData(body ?? [])), extra);
    }

    /// <summary>Puts an object whose body is not part of the signature.</summary>
    public Task<S3Answer> PutUnsignedAsync(string path, HttpContent content) =>
        SendAsync(HttpMethod.Put, path, "", content, "UNSIGNED-PAYLOAD", extra: null);

    private async Task<S3Answer> SendAsync(
        HttpMethod method, string path, string query, HttpContent? content, string payload, (string Name, string Value)? extra)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint, "/" + path + (query == "" ? "" : "?" + query)));
        request.Content = content;
        Sign(request, "/" + path, query, payload, extra);
        try
        {
            return await ReadAsync(request);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new TimeoutException($"No answer within {_http.Timeout} to {method} {path}?{query} ({content?.Headers.ContentLength} bytes)");
        }
    }

    private async Task<S3Answer> ReadAsync(HttpRequestMessage request)
    {
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead);
        return new S3Answer(
            answer.StatusCode, answer.Headers.ETag?.ToString() ?? "", await answer.Content.ReadAsByteArrayAsync());
    }

    public static S3Answer Must(S3Answer answer) => answer.IsSuccess ? answer : throw new S3RefusedException(answer);

    private static string Element(string xml, string name)
    {
        var match = Regex.Match(xml, $"<{name}>([^<]*)</{name}>");
        return match.Success ? WebUtility.HtmlDecode(match.Groups[1].Value) : throw new FormatException($"No {name} in {xml}");
    }

    private static string Escape(string value) => Uri.EscapeDataString(value);

    private void Sign(HttpRequestMessage request, string path, string query, string payload, (string Name, string Value)? extra)
    {
        var time = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = time[..8];
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = endpoint.Authority,
            ["x-amz-content-sha256"] = payload,
            ["x-amz-date"] = time,
        };
        if (extra is var (name, value))
        {
            headers[name] = value;
        }

        request.Headers.Host = headers["host"];
        var names = string.Join(';', headers.Keys);
        var canonical = string.Join('\n',
        [
            request.Method.Method, path, query, .. headers.Select(header => $"{header.Key}:{header.Value}"), "", names,
            payload,
        ]);
        var scope = $"{date}/{Region}/s3/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { date, Region, "s3", "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + keys.Secret), Mac);
        foreach (var header in headers.Where(header => header.Key != "host"))
        {
            request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={keys.Access}/{scope}, SignedHeaders={names}, Signature={Hex(Mac(key, toSign))}");
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    [GeneratedRegex("<Contents>.*?</Contents>", RegexOptions.Singleline)]
    private static partial Regex EntryPattern();

    [GeneratedRegex("<Upload>.*?</Upload>", RegexOptions.Singleline)]
    private static partial Regex UploadPattern();
}
