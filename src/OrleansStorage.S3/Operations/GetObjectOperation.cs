using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Operations;

/// <summary>GetObject and HeadObject.</summary>
internal static class GetObjectOperation
{
    private const string DefaultContentType = "binary/octet-stream";

    /// <summary>HeadObject.</summary>
    public static async ValueTask HeadAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        VersionRules.RequireCurrent(call.Query);
        if (call.Query.Has("partNumber"))
        {
            await ReadAsync(call);
            return;
        }

        var info = await call.Store.FindObjectAsync(call.Bucket, call.Key, call.Aborted) ?? throw NoSuchKey(call);
        Prepare(call, info, part: null, out _);
    }

    /// <summary>GetObject.</summary>
    public static async ValueTask GetAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        VersionRules.RequireCurrent(call.Query);
        await ReadAsync(call);
    }

    private static async ValueTask ReadAsync(S3Call call)
    {
        await using var reader = await call.Store.OpenReadAsync(call.Bucket, call.Key, call.Aborted) ?? throw NoSuchKey(call);
        var part = await FindPartAsync(call, reader);
        if (Prepare(call, reader.Info, part, out var range) && !call.IsHead && range.LengthBytes > 0)
        {
            await reader.CopyToAsync(call.Response.BodyWriter, range.OffsetBytes, range.LengthBytes, call.Aborted);
            await call.Response.BodyWriter.FlushAsync(call.Aborted);
        }
    }

    private static async ValueTask<ObjectPart?> FindPartAsync(S3Call call, IObjectReader reader)
    {
        if (call.Query.Find("partNumber") is not { } text)
        {
            return null;
        }

        var number = PartNumbers.Parse(text);
        if (call.Headers.Range.Count > 0)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest, "Cannot specify both Range header and partNumber query parameter");
        }

        return await reader.FindPartAsync(number, call.Aborted)
            ?? throw new S3Exception(S3ErrorCode.InvalidPart, "The requested partnumber is not satisfiable")
            {
                Details =
                [
                    new("PartNumberRequested", text),
                    new("ActualPartCount", (reader.Info.PartsCount ?? 1).ToString(CultureInfo.InvariantCulture)),
                ],
            };
    }

    /// <summary>Writes status and headers.</summary>
    /// <returns><see langword="false"/> when the answer ends there.</returns>
    private static bool Prepare(S3Call call, ObjectInfo info, ObjectPart? part, out ByteRange range)
    {
        range = new ByteRange(0, info.SizeBytes);
        var headers = call.Response.Headers;
        headers.ETag = Quote(info.ETag);
        headers.LastModified = HeaderUtilities.FormatDate(info.LastModified);
        switch (Preconditions.CheckRead(call, info))
        {
            case Preconditions.Outcome.NotModified:
                call.Response.StatusCode = StatusCodes.Status304NotModified;
                return false;
            case Preconditions.Outcome.Failed:
                throw new S3Exception(S3ErrorCode.PreconditionFailed);
        }

        ResolveRange(call, info, part, ref range);
        headers.AcceptRanges = "bytes";
        headers.ContentLength = range.LengthBytes;
        WriteStoredHeaders(call, info);
        WriteChecksum(call, info, part, range);
        return true;
    }

    private static void ResolveRange(S3Call call, ObjectInfo info, ObjectPart? part, ref ByteRange range)
    {
        if (part is not null)
        {
            range = new ByteRange(part.OffsetBytes, part.SizeBytes);
            if (info.PartsCount is { } count)
            {
                call.Response.Headers["x-amz-mp-parts-count"] = count.ToString(CultureInfo.InvariantCulture);
            }

            // A part without bytes has no range that could be written.
            if (part.SizeBytes > 0)
            {
                WritePartial(call, info, range);
            }

            return;
        }

        if (call.Headers.Range.Count == 0 || !IfRangeHolds(call, info))
        {
            return;
        }

        switch (ByteRange.Resolve(call.Headers.Range.ToString(), info.SizeBytes, out var asked))
        {
            case RangeOutcome.Satisfiable:
                range = asked;
                WritePartial(call, info, range);
                break;
            case RangeOutcome.Unsatisfiable:
                throw new S3Exception(S3ErrorCode.InvalidRange)
                {
                    Details =
                    [
                        new("RangeRequested", call.Headers.Range.ToString()),
                        new("ActualObjectSize", info.SizeBytes.ToString(CultureInfo.InvariantCulture)),
                    ],
                };
        }
    }

    private static bool IfRangeHolds(S3Call call, ObjectInfo info)
    {
        if (call.Header("If-Range") is not { } validator)
        {
            return true;
        }

        return AmzDate.TryParseHttp(validator, out var time)
            ? AmzDate.ToWholeSecond(info.LastModified) == time
            : EntityTags.Unquote(validator).SequenceEqual(info.ETag);
    }

    private static void WritePartial(S3Call call, ObjectInfo info, ByteRange range)
    {
        call.Response.StatusCode = StatusCodes.Status206PartialContent;
        call.Response.Headers.ContentRange = string.Create(
            CultureInfo.InvariantCulture,
            $"bytes {range.OffsetBytes}-{range.OffsetBytes + range.LengthBytes - 1}/{info.SizeBytes}");
    }

    private static void WriteStoredHeaders(S3Call call, ObjectInfo info)
    {
        var headers = call.Response.Headers;
        headers.ContentType = DefaultContentType;
        foreach (var (name, value) in info.Headers)
        {
            headers[name] = name.StartsWith(ObjectHeaderReader.MetadataPrefix, StringComparison.Ordinal)
                ? EncodedWord.Encode(value)
                : value;
        }

        if (call.Query.Count > 0)
        {
            WriteOverrides(call.Query, headers);
        }
    }

    /// <summary>The response-* parameters. Every request that gets here is signed, as they require.</summary>
    private static void WriteOverrides(QueryParameters query, IHeaderDictionary headers)
    {
        const string Prefix = "response-";
        for (var i = 0; i < query.Count; i++)
        {
            var (name, value) = query[i];
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (name is not ("response-content-type" or "response-content-language" or "response-expires"
                or "response-cache-control" or "response-content-disposition" or "response-content-encoding"))
            {
                continue;
            }

            headers[name[Prefix.Length..]] = IsHeaderValue(value)
                ? value
                : throw S3Exception.Argument(name, value, "Header value cannot be represented using ISO-8859-1.");
        }
    }

    private static bool IsHeaderValue(string value)
    {
        foreach (var c in value)
        {
            if (c is (< ' ' and not '\t') or > '~')
            {
                return false;
            }
        }

        return true;
    }

    private static void WriteChecksum(S3Call call, ObjectInfo info, ObjectPart? part, ByteRange range)
    {
        if (!StringValues.IsNullOrEmpty(call.Headers["x-amz-checksum-mode"]))
        {
            var checksum = part is not null && info.PartsCount is not null ? part.Checksum : info.Checksum;
            if (checksum is not null && (part is not null || range.LengthBytes == info.SizeBytes))
            {
                // The type is the object's, also beside the value of a part.
                ChecksumHeaders.Write(call, checksum, info.Checksum?.Type ?? checksum.Type);
            }
        }
    }

    private static string Quote(string etag) => string.Concat("\"", etag, "\"");

    private static S3Exception NoSuchKey(S3Call call) =>
        new(S3ErrorCode.NoSuchKey) { Details = [new("Key", call.Key)] };
}
