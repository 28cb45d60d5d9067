using System.Globalization;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Requests;

/// <summary>Conditions on the object that is read or written. Spec: RFC 9110 section 13.2.2, with the order of S3.</summary>
internal static class Preconditions
{
    /// <summary>What became of the conditions of a read.</summary>
    internal enum Outcome
    {
        /// <summary>They hold.</summary>
        Hold,

        /// <summary>The client has the object already: 304.</summary>
        NotModified,

        /// <summary>412.</summary>
        Failed,
    }

    /// <summary>The conditions of GET and HEAD.</summary>
    public static Outcome CheckRead(S3Call call, ObjectInfo info) => Check(
        call.Header("If-Match"), call.Header("If-None-Match"), call.Header("If-Modified-Since"),
        call.Header("If-Unmodified-Since"), info);

    /// <summary>The conditions on the source of a copy.</summary>
    /// <exception cref="S3Exception">PreconditionFailed.</exception>
    public static void CheckCopySource(S3Call call, ObjectInfo info)
    {
        const string Prefix = "x-amz-copy-source-if-";
        var outcome = Check(
            call.Header(Prefix + "match"), call.Header(Prefix + "none-match"), call.Header(Prefix + "modified-since"),
            call.Header(Prefix + "unmodified-since"), info);
        if (outcome != Outcome.Hold)
        {
            throw new S3Exception(S3ErrorCode.PreconditionFailed);
        }
    }

    /// <summary>The conditions of a write, to be decided with the write.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static WriteCondition ReadWrite(S3Call call)
    {
        var ifMatch = call.Header("If-Match");
        var ifNoneMatch = call.Header("If-None-Match");
        return ifMatch is null && ifNoneMatch is null
            ? default
            : new WriteCondition(
                ifMatch is null ? null : EntityTags.Unquote(ifMatch).ToString(),
                ifNoneMatch is null ? null : EntityTags.Unquote(ifNoneMatch).ToString());
    }

    /// <summary>The conditions of a delete.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static WriteCondition ReadDelete(S3Call call)
    {
        var condition = ReadWrite(call);
        if (call.Header("x-amz-if-match-last-modified-time") is { } time)
        {
            condition = condition with { IfMatchLastModified = ParseTime("x-amz-if-match-last-modified-time", time) };
        }

        if (call.Header("x-amz-if-match-size") is { } size)
        {
            condition = condition with { IfMatchSizeBytes = ParseSize("x-amz-if-match-size", size) };
        }

        return condition;
    }

    /// <summary>A time that a client names, to the second.</summary>
    public static DateTimeOffset ParseTime(string name, string text) =>
        AmzDate.TryParseAny(text, out var time)
            ? AmzDate.ToWholeSecond(time)
            : throw S3Exception.Argument(name, text, "The time is malformed");

    /// <summary>A size that a client names.</summary>
    public static long ParseSize(string name, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw S3Exception.Argument(name, text, "The size is malformed");

    /// <summary>Ends a write early that cannot succeed; the write itself decides again.</summary>
    /// <exception cref="S3Exception">PreconditionFailed, NoSuchKey.</exception>
    public static async ValueTask CheckEarlyAsync(S3Call call, WriteCondition condition)
    {
        if (condition.IsEmpty)
        {
            return;
        }

        var current = await call.Store.FindObjectAsync(call.Bucket, call.Key, call.Aborted);
        if (condition.IfMatch is { } match && (current is null || (match != "*" && match != current.ETag)))
        {
            throw new S3Exception(
                current is null ? S3ErrorCode.NoSuchKey : S3ErrorCode.PreconditionFailed);
        }

        if (condition.IfNoneMatch is { } noneMatch && current is not null
            && (noneMatch == "*" || noneMatch == current.ETag))
        {
            throw new S3Exception(S3ErrorCode.PreconditionFailed);
        }
    }

    private static Outcome Check(
        string? ifMatch, string? ifNoneMatch, string? ifModifiedSince, string? ifUnmodifiedSince, ObjectInfo info)
    {
        var modified = AmzDate.ToWholeSecond(info.LastModified);
        if (ifMatch is not null)
        {
            if (!EntityTags.Matches(ifMatch, info.ETag))
            {
                return Outcome.Failed;
            }
        }
        else if (ifUnmodifiedSince is not null && AmzDate.TryParseHttp(ifUnmodifiedSince, out var limit) && modified > limit)
        {
            return Outcome.Failed;
        }

        if (ifNoneMatch is not null)
        {
            return EntityTags.Matches(ifNoneMatch, info.ETag) ? Outcome.NotModified : Outcome.Hold;
        }

        return ifModifiedSince is not null && AmzDate.TryParseHttp(ifModifiedSince, out var since) && modified <= since
            ? Outcome.NotModified
            : Outcome.Hold;
    }
}
