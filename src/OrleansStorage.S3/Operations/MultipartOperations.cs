using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Bodies;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>CreateMultipartUpload, UploadPart and AbortMultipartUpload.</summary>
internal static class MultipartOperations
{
    /// <summary>CreateMultipartUpload.</summary>
    public static async ValueTask CreateAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var (algorithm, type) = ReadChecksum(call);
        var request = new UploadRequest(call.Caller.OwnerId, ObjectHeaderReader.Read(call.Headers), algorithm, type);
        var upload = await call.Store.CreateUploadAsync(call.Bucket, call.Key, request, call.Aborted);

        if (algorithm is not null)
        {
            call.Response.Headers["x-amz-checksum-algorithm"] = ChecksumAlgorithms.Name(algorithm.Value);
            call.Response.Headers["x-amz-checksum-type"] = ChecksumAlgorithms.Name(type!.Value);
        }

        using var document = new S3XmlWriter();
        document.StartDocument("InitiateMultipartUploadResult"u8);
        document.Element("Bucket"u8, call.Bucket);
        document.Element("Key"u8, call.Key);
        document.Element("UploadId"u8, upload.UploadId);
        document.End("InitiateMultipartUploadResult"u8);
        await call.RespondAsync(document);
    }

    /// <summary>UploadPart.</summary>
    public static async ValueTask UploadPartAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var number = PartNumbers.Parse(call.Query.Find("partNumber"));
        var upload = await RequireUploadAsync(call);
        var integrity = BodyIntegrity.Read(
            call.Headers, call.Authentication.Payload, fallback: upload.Request.ChecksumAlgorithm);
        CheckAlgorithm(upload, integrity);
        using var body = RequestBody.Open(call.Http, call.Authentication, call.Options.PutSizeBytesMax);

        using var digest = integrity.CreateDigest(call.Md5, body.LengthBytes);
        await using var writer = call.Store.OpenPartWriter(
            call.Bucket, call.Key, upload.UploadId, number, digest, body.LengthBytes);
        await body.CopyToAsync(writer, call.Aborted);
        await writer.FinishAsync(call.Aborted);
        integrity.Verify(digest, body.Trailer);

        var part = await writer.CommitAsync(
            new PartCommit(Convert.ToHexStringLower(digest.Md5), digest.Checksum), call.Aborted);
        call.Response.Headers.ETag = string.Concat("\"", part.ETag, "\"");
        if (part.Checksum is { } checksum)
        {
            call.Response.Headers[ChecksumAlgorithms.HeaderName(checksum.Algorithm)] = checksum.Value;
        }

        call.Respond(StatusCodes.Status200OK);
    }

    /// <summary>AbortMultipartUpload.</summary>
    public static async ValueTask AbortAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        await call.Store.AbortUploadAsync(call.Bucket, call.Key, UploadId(call), call.Aborted);
        call.Respond(StatusCodes.Status204NoContent);
    }

    /// <summary>The upload that a request names.</summary>
    /// <exception cref="S3Exception">NoSuchUpload.</exception>
    public static async ValueTask<UploadInfo> RequireUploadAsync(S3Call call) =>
        await call.Store.FindUploadAsync(call.Bucket, call.Key, UploadId(call), call.Aborted)
        ?? throw new S3Exception(S3ErrorCode.NoSuchUpload) { Details = [new("UploadId", UploadId(call))] };

    /// <summary>The id of the upload that a request names.</summary>
    public static string UploadId(S3Call call) => call.Query.Find("uploadId") ?? "";

    private static (ChecksumAlgorithm? Algorithm, ChecksumType? Type) ReadChecksum(S3Call call)
    {
        var name = call.Header("x-amz-checksum-algorithm");
        var typeName = call.Header("x-amz-checksum-type");
        if (name is null)
        {
            return typeName is null
                ? (null, null)
                : throw new S3Exception(
                    S3ErrorCode.InvalidRequest,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
        }

        var algorithm = ChecksumAlgorithms.Find(name) ?? throw new S3Exception(
            S3ErrorCode.InvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        var usual = algorithm == ChecksumAlgorithm.Crc64Nvme ? ChecksumType.FullObject : ChecksumType.Composite;
        var type = typeName is null
            ? usual
            : ChecksumAlgorithms.FindType(typeName) ?? throw new S3Exception(
                S3ErrorCode.InvalidRequest, "Value for x-amz-checksum-type header is invalid.");
        var isPossible = type == ChecksumType.FullObject
            ? ChecksumAlgorithms.IsCrc(algorithm)
            : algorithm != ChecksumAlgorithm.Crc64Nvme;
        return isPossible
            ? (algorithm, type)
            : throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                $"The {ChecksumAlgorithms.Name(type)} checksum type cannot be used with the {ChecksumAlgorithms.Name(algorithm).ToLowerInvariant()} checksum algorithm.");
    }

    private static void CheckAlgorithm(UploadInfo upload, BodyIntegrity integrity)
    {
        if (upload.Request.ChecksumAlgorithm is { } expected && integrity.Algorithm is { } actual && expected != actual)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                $"Checksum Type mismatch occurred, expected checksum Type: {ChecksumAlgorithms.Name(expected).ToLowerInvariant()}, "
                + $"actual checksum Type: {ChecksumAlgorithms.Name(actual).ToLowerInvariant()}");
        }
    }
}
