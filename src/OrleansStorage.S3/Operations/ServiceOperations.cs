using System.Globalization;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>What is asked of the service as a whole.</summary>
internal static class ServiceOperations
{
    private const int BucketsMax = 10_000;

    /// <summary>ListBuckets: the caller's own.</summary>
    public static async ValueTask ListBucketsAsync(S3Call call)
    {
        var limit = ReadLimit(call.Query.Find("max-buckets"));
        var prefix = call.Query.Find("prefix") ?? "";
        var token = call.Query.Find("continuation-token");
        var after = token is null ? "" : PageToken.Decode(token);

        // One more than asked for shows whether there are more.
        var buckets = await call.Store.ListBucketsAsync(call.Caller.OwnerId, prefix, after, limit + 1, call.Aborted);
        var count = Math.Min(buckets.Count, limit);

        using var document = new S3XmlWriter();
        document.StartDocument("ListAllMyBucketsResult"u8);
        document.Owner("Owner"u8, call.Caller.OwnerId, call.Caller.DisplayName);
        document.Start("Buckets"u8);
        for (var i = 0; i < count; i++)
        {
            document.Start("Bucket"u8);
            document.Element("Name"u8, buckets[i].Name);
            document.Element("CreationDate"u8, buckets[i].CreatedAt);
            document.End("Bucket"u8);
        }

        document.End("Buckets"u8);
        if (buckets.Count > limit)
        {
            document.Element("ContinuationToken"u8, PageToken.Encode(buckets[count - 1].Name));
        }

        document.OptionalElement("Prefix"u8, call.Query.Find("prefix"));
        document.End("ListAllMyBucketsResult"u8);
        await call.RespondAsync(document);
    }

    private static int ReadLimit(string? text)
    {
        if (text is null)
        {
            return BucketsMax;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= BucketsMax
            ? limit
            : throw S3Exception.Argument("max-buckets", text, $"Argument max-buckets must be an integer between 1 and {BucketsMax}");
    }
}
