using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Bodies;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Requests;

/// <summary>One authenticated request and what it takes to answer it.</summary>
internal sealed class S3Call(
    HttpContext http,
    RequestTarget target,
    Authentication authentication,
    IObjectStore store,
    IMd5Engine md5,
    S3Options options)
{
    private const int KeyBytesMax = 1024;

    /// <summary>The HTTP request and response.</summary>
    public HttpContext Http => http;

    /// <summary>Headers of the request.</summary>
    public IHeaderDictionary Headers { get; } = http.Request.Headers;

    /// <summary>The response.</summary>
    public HttpResponse Response => http.Response;

    /// <summary>The store behind the front end.</summary>
    public IObjectStore Store => store;

    /// <summary>Makes MD5s.</summary>
    public IMd5Engine Md5 => md5;

    /// <summary>Settings.</summary>
    public S3Options Options => options;

    /// <summary>Bucket; empty for the service.</summary>
    public string Bucket => target.Bucket;

    /// <summary>Key; empty for the bucket.</summary>
    public string Key => target.Key;

    /// <summary>The query.</summary>
    public QueryParameters Query => target.Query;

    /// <summary>Proof of the caller, and how the body is coded.</summary>
    public Authentication Authentication => authentication;

    /// <summary>Who asks.</summary>
    public S3Credential Caller => authentication.Caller;

    /// <summary>Ends when the client goes away.</summary>
    public CancellationToken Aborted { get; } = http.RequestAborted;

    /// <summary>HEAD: headers only.</summary>
    public bool IsHead => HttpMethods.IsHead(http.Request.Method);

    /// <summary>A header of the request; <see langword="null"/> when it is absent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>The caller's bucket.</summary>
    /// <exception cref="S3Exception">NoSuchBucket, or AccessDenied when it belongs to somebody else.</exception>
    public ValueTask<BucketInfo> RequireBucketAsync() =>
        RequireBucketAsync(Bucket, "x-amz-expected-bucket-owner");

    /// <summary>A bucket that the caller may use.</summary>
    /// <param name="bucket">Its name.</param>
    /// <param name="ownerHeader">The header in which the client says whose it expects it to be.</param>
    public async ValueTask<BucketInfo> RequireBucketAsync(string bucket, string ownerHeader)
    {
        var info = BucketName.IsValid(bucket) ? await store.FindBucketAsync(bucket, Aborted) : null;
        if (info is null)
        {
            throw new S3Exception(S3ErrorCode.NoSuchBucket) { Details = [new("BucketName", bucket)] };
        }

        var expected = Header(ownerHeader);
        return info.OwnerId != Caller.OwnerId || (expected is not null && expected != info.OwnerId)
            ? throw new S3Exception(S3ErrorCode.AccessDenied)
            : info;
    }

    /// <summary>Checks the length of the key.</summary>
    /// <exception cref="S3Exception">KeyTooLongError.</exception>
    public static void CheckKeyLength(string key)
    {
        if (key.Length > KeyBytesMax / 3 && Encoding.UTF8.GetByteCount(key) > KeyBytesMax)
        {
            throw new S3Exception(S3ErrorCode.KeyTooLong)
            {
                Details =
                [
                    new("Size", Encoding.UTF8.GetByteCount(key).ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    new("MaxSizeAllowed", "1024"),
                ],
            };
        }
    }

    /// <summary>Reads a small body and verifies it.</summary>
    /// <param name="lengthBytesMax">Longest body that is accepted.</param>
    /// <param name="requiresDigest">The body must come with an MD5 or a checksum.</param>
    /// <param name="isChecksumOfBody">Checksum headers are about this body, and not about an object.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDocumentAsync(
        int lengthBytesMax, bool requiresDigest = false, bool isChecksumOfBody = true)
    {
        var integrity = BodyIntegrity.Read(Headers, authentication.Payload, isChecksumOfBody: isChecksumOfBody);
        if (requiresDigest && !integrity.IsDeclared)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        }

        using var body = RequestBody.Open(http, authentication, lengthBytesMax, isOptional: true);
        using var digest = integrity.CreateDigest(md5, body.LengthBytes);
        await using var buffer = new BufferBodyWriter(digest, lengthBytesMax);
        await body.CopyToAsync(buffer, Aborted);
        integrity.Verify(digest, body.Trailer);
        return buffer.Written;
    }

    /// <summary>Answers 200 with a document.</summary>
    public async ValueTask RespondAsync(S3XmlWriter document)
    {
        var response = http.Response;
        response.ContentType = "application/xml";
        response.ContentLength = document.Written.Length;
        await response.BodyWriter.WriteAsync(document.Written, Aborted);
    }

    /// <summary>Answers without a body.</summary>
    public void Respond(int status)
    {
        http.Response.StatusCode = status;
        if (status != StatusCodes.Status204NoContent)
        {
            http.Response.ContentLength = 0;
        }
    }
}
