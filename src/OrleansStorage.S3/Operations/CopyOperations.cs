using System.Globalization;
using OrleansStorage.S3.Bodies;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>CopyObject and UploadPartCopy.</summary>
internal static class CopyOperations
{
    /// <summary>CopyObject.</summary>
    public static async ValueTask CopyObjectAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var source = CopySource.Read(call);
        var replaces = ReadDirective(call);
        if (!replaces && source.Bucket == call.Bucket && source.Key == call.Key)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                + "object's metadata, storage class, website redirect location or encryption attributes.");
        }

        var headers = replaces ? ObjectHeaderReader.Read(call.Headers) : null;
        var condition = Preconditions.ReadWrite(call);
        await using var reader = await source.OpenAsync(call);
        CheckSize(call, reader.Info.SizeBytes);
        await Preconditions.CheckEarlyAsync(call, condition);
        var algorithm = ReadAlgorithm(call) ?? reader.Info.Checksum?.Algorithm;
        await SlowAnswer.RespondAsync(
            call, token => CopyAsync(call, reader, algorithm, headers ?? reader.Info.Headers, condition, token));
    }

    /// <summary>UploadPartCopy.</summary>
    public static async ValueTask CopyPartAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var number = PartNumbers.Parse(call.Query.Find("partNumber"));
        var source = CopySource.Read(call);
        var range = ReadRange(call);
        var upload = await MultipartOperations.RequireUploadAsync(call);
        await using var reader = await source.OpenAsync(call);
        var size = reader.Info.SizeBytes;
        if (range is { } asked && asked.OffsetBytes + asked.LengthBytes > size)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRange, $"Range specified is not valid for source object of size: {size}");
        }

        var copied = range ?? new ByteRange(0, size);
        CheckSize(call, copied.LengthBytes);
        await SlowAnswer.RespondAsync(call, token => CopyPartAsync(call, reader, copied, upload, number, token));
    }

    private static async ValueTask<S3XmlWriter> CopyAsync(
        S3Call call,
        IObjectReader reader,
        ChecksumAlgorithm? algorithm,
        ObjectHeaders headers,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        var size = reader.Info.SizeBytes;
        using var digest = new ContentDigest(call.Md5, size, wantsSha256: false, algorithm);
        await using var writer = call.Store.OpenWriter(call.Bucket, call.Key, digest, size);
        await CopyBytesAsync(reader, new ByteRange(0, size), writer, cancellationToken);
        digest.Finish();
        var info = await writer.CommitAsync(
            new ObjectCommit
            {
                OwnerId = call.Caller.OwnerId,
                ETag = Convert.ToHexStringLower(digest.Md5),
                Headers = headers,
                Checksum = digest.Checksum,
                Condition = condition,
            },
            cancellationToken);
        return Answer("CopyObjectResult"u8, info.LastModified, info.ETag, info.Checksum, withType: true);
    }

    private static async ValueTask<S3XmlWriter> CopyPartAsync(
        S3Call call,
        IObjectReader reader,
        ByteRange range,
        UploadInfo upload,
        int number,
        CancellationToken cancellationToken)
    {
        using var digest = new ContentDigest(
            call.Md5, range.LengthBytes, wantsSha256: false, upload.Request.ChecksumAlgorithm);
        await using var writer = call.Store.OpenPartWriter(
            call.Bucket, call.Key, upload.UploadId, number, digest, range.LengthBytes);
        await CopyBytesAsync(reader, range, writer, cancellationToken);
        digest.Finish();
        var part = await writer.CommitAsync(
            new PartCommit(Convert.ToHexStringLower(digest.Md5), digest.Checksum), cancellationToken);
        return Answer("CopyPartResult"u8, part.LastModified, part.ETag, part.Checksum, withType: false);
    }

    private static async ValueTask CopyBytesAsync(
        IObjectReader reader, ByteRange range, IBodyWriter writer, CancellationToken cancellationToken)
    {
        if (range.LengthBytes > 0)
        {
            using var pipe = new BodyWriterPipe(writer);
            await reader.CopyToAsync(pipe, range.OffsetBytes, range.LengthBytes, cancellationToken);
            await pipe.FlushAsync(cancellationToken);
        }

        await writer.FinishAsync(cancellationToken);
    }

    private static S3XmlWriter Answer(
        ReadOnlySpan<byte> root, DateTimeOffset lastModified, string etag, ObjectChecksum? checksum, bool withType)
    {
        var document = new S3XmlWriter();
        document.StartDocument(root);
        document.Element("LastModified"u8, lastModified);
        document.ETag(etag);
        document.Checksum(checksum, withType);
        document.End(root);
        return document;
    }

    private static bool ReadDirective(S3Call call) => call.Header("x-amz-metadata-directive") switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        var other => throw S3Exception.Argument("x-amz-metadata-directive", other, "Unknown metadata directive."),
    };

    private static ChecksumAlgorithm? ReadAlgorithm(S3Call call) =>
        call.Header("x-amz-checksum-algorithm") is { } name
            ? ChecksumAlgorithms.Find(name) ?? throw new S3Exception(
                S3ErrorCode.InvalidRequest, "Value for x-amz-checksum-algorithm header is invalid.")
            : null;

    private static ByteRange? ReadRange(S3Call call)
    {
        const string Header = "x-amz-copy-source-range";
        if (call.Header(Header) is not { } text)
        {
            return null;
        }

        return ByteRange.TryParseExact(text, out var range)
            ? range
            : throw S3Exception.Argument(
                Header,
                text,
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                + "zero-based offsets of the first and last bytes to copy");
    }

    private static void CheckSize(S3Call call, long sizeBytes)
    {
        if (sizeBytes > call.Options.PutSizeBytesMax)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                + call.Options.PutSizeBytesMax.ToString(CultureInfo.InvariantCulture));
        }
    }
}
