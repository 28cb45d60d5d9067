using System.Globalization;
using System.Security.Cryptography;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>CompleteMultipartUpload.</summary>
internal static class CompleteUploadOperation
{
    private const int DocumentBytesMax = 8 << 20;
    private const int Md5SizeBytes = 16;
    private const int PartsPage = 1000;

    /// <summary>Makes an upload an object.</summary>
    public static async ValueTask CompleteAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var named = CompletionRequest.Read(
            await call.ReadDocumentAsync(DocumentBytesMax, isChecksumOfBody: false));
        var condition = Preconditions.ReadWrite(call);
        var uploadId = MultipartOperations.UploadId(call);
        var upload = await call.Store.FindUploadAsync(call.Bucket, call.Key, uploadId, call.Aborted);

        // An upload that is gone may have been completed by this very request before: the store knows.
        var checksum = upload is null ? null : await CheckPartsAsync(call, upload, named);
        var etag = CombineETags(named) ?? throw new S3Exception(S3ErrorCode.NoSuchUpload);
        var commit = new ObjectCommit
        {
            OwnerId = call.Caller.OwnerId,
            ETag = etag,
            Headers = upload?.Request.Headers ?? ObjectHeaders.Empty,
            Checksum = checksum,
            Condition = condition,
        };
        var parts = named.ConvertAll(part => new CompletedPart(part.Number, part.ETag));
        await SlowAnswer.RespondAsync(call, async token =>
        {
            var info = await call.Store.CompleteUploadAsync(call.Bucket, call.Key, uploadId, parts, commit, token);
            return Answer(call, info);
        });
    }

    private static S3XmlWriter Answer(S3Call call, ObjectInfo info)
    {
        var document = new S3XmlWriter();
        document.StartDocument("CompleteMultipartUploadResult"u8);
        var request = call.Http.Request;
        document.Element(
            "Location"u8,
            $"{request.Scheme}://{request.Host}/{call.Bucket}/{PercentEncoding.Encode(call.Key, keepSlash: true)}");
        document.Element("Bucket"u8, call.Bucket);
        document.Element("Key"u8, call.Key);
        document.ETag(info.ETag);
        document.Checksum(info.Checksum, withType: true);
        document.End("CompleteMultipartUploadResult"u8);
        return document;
    }

    private static async ValueTask<ObjectChecksum?> CheckPartsAsync(S3Call call, UploadInfo upload, List<NamedPart> named)
    {
        var chosen = await ChoosePartsAsync(call, upload, named);
        CheckSizes(call, chosen);
        if (upload.Request.ChecksumAlgorithm is not { } algorithm)
        {
            return null;
        }

        var type = upload.Request.ChecksumType!.Value;
        CheckType(call, type);
        var checksum = ChecksumCombiner.Combine(algorithm, type, chosen);
        CheckObjectChecksum(call, algorithm, checksum);
        return checksum;
    }

    private static async ValueTask<List<PartInfo>> ChoosePartsAsync(S3Call call, UploadInfo upload, List<NamedPart> named)
    {
        var chosen = new List<PartInfo>(named.Count);
        var after = 0;
        while (chosen.Count < named.Count)
        {
            var page = await call.Store.ListPartsAsync(
                call.Bucket, call.Key, upload.UploadId, after, PartsPage, call.Aborted);
            foreach (var part in page)
            {
                if (chosen.Count < named.Count && part.Number == named[chosen.Count].Number)
                {
                    CheckPart(upload, named[chosen.Count], part);
                    chosen.Add(part);
                }
            }

            if (page.Count < PartsPage)
            {
                break;
            }

            after = page[^1].Number;
        }

        return chosen.Count == named.Count ? chosen : throw InvalidPart(upload, named[chosen.Count]);
    }

    private static void CheckPart(UploadInfo upload, NamedPart named, PartInfo part)
    {
        if (named.ETag != part.ETag)
        {
            throw InvalidPart(upload, named);
        }

        if (named.Checksum is { } claimed && part.Checksum is { } kept
            && (kept.Algorithm != claimed.Algorithm || kept.Value != claimed.Value))
        {
            throw InvalidPart(upload, named);
        }
    }

    private static void CheckSizes(S3Call call, List<PartInfo> parts)
    {
        var total = 0L;
        for (var i = 0; i < parts.Count; i++)
        {
            total += parts[i].SizeBytes;
            if (i < parts.Count - 1 && parts[i].SizeBytes < call.Options.PartSizeBytesMin)
            {
                throw new S3Exception(S3ErrorCode.EntityTooSmall)
                {
                    Details =
                    [
                        new("ProposedSize", parts[i].SizeBytes.ToString(CultureInfo.InvariantCulture)),
                        new("MinSizeAllowed", call.Options.PartSizeBytesMin.ToString(CultureInfo.InvariantCulture)),
                        new("PartNumber", parts[i].Number.ToString(CultureInfo.InvariantCulture)),
                        new("ETag", parts[i].ETag),
                    ],
                };
            }
        }

        if (total > call.Options.ObjectSizeBytesMax)
        {
            throw new S3Exception(S3ErrorCode.EntityTooLarge);
        }

        const string SizeHeader = "x-amz-mp-object-size";
        if (call.Header(SizeHeader) is { } size && Preconditions.ParseSize(SizeHeader, size) != total)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                $"The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {total}");
        }
    }

    private static void CheckType(S3Call call, ChecksumType type)
    {
        if (call.Header("x-amz-checksum-type") is { } claimed && claimed != ChecksumAlgorithms.Name(type))
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                $"The upload was created using the {ChecksumAlgorithms.Name(type)} checksum mode. "
                + "The complete request must use the same checksum mode.");
        }
    }

    private static void CheckObjectChecksum(S3Call call, ChecksumAlgorithm algorithm, ObjectChecksum? checksum)
    {
        if (call.Header(ChecksumAlgorithms.HeaderName(algorithm)) is not { } claimed || checksum is null)
        {
            return;
        }

        // A composite value may be sent with or without the number of parts.
        var value = checksum.Value;
        var dash = value.IndexOf('-', StringComparison.Ordinal);
        if (claimed != value && (dash < 0 || !value.AsSpan(0, dash).SequenceEqual(claimed)))
        {
            throw new S3Exception(
                S3ErrorCode.BadDigest,
                $"The {ChecksumAlgorithms.Name(algorithm).ToLowerInvariant()} you specified did not match the calculated checksum.");
        }
    }

    /// <summary>MD5 of the MD5s, and their number; null when one is no MD5, and so of no part that was ever stored.</summary>
    private static string? CombineETags(List<NamedPart> parts)
    {
        using var md5 = new RunningMd5();
        Span<byte> one = stackalloc byte[Md5SizeBytes];
        foreach (var part in parts)
        {
            if (Convert.FromHexString(part.ETag, one, out _, out var count) != System.Buffers.OperationStatus.Done
                || count != Md5SizeBytes)
            {
                return null;
            }

            md5.Append(one);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{md5.Finish()}-{parts.Count}");
    }

    private static S3Exception InvalidPart(UploadInfo upload, NamedPart part) => new(S3ErrorCode.InvalidPart)
    {
        Details =
        [
            new("UploadId", upload.UploadId),
            new("PartNumber", part.Number.ToString(CultureInfo.InvariantCulture)),
            new("ETag", part.ETag),
        ],
    };

    private sealed class RunningMd5 : IDisposable
    {
#pragma warning disable CA5351 // MD5 is what an ETag is.
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351

        public void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public void Dispose() => _hash.Dispose();
    }
}
