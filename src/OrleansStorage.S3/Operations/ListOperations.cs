using System.Globalization;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>ListObjects, ListObjectsV2 and ListObjectVersions.</summary>
internal static class ListOperations
{
    private const int KeysMax = 1000;

    /// <summary>ListObjects, version 1.</summary>
    public static async ValueTask ListV1Async(S3Call call)
    {
        await call.RequireBucketAsync();
        var page = Page.Read(call.Query);
        var marker = call.Query.Find("marker") ?? "";
        var listing = await call.Store.ListObjectsAsync(call.Bucket, page.Query(marker), call.Aborted);

        using var document = new S3XmlWriter();
        document.StartDocument("ListBucketResult"u8);

        // Clients decode the prefix of version 2 only; what XML cannot say is encoded all the same.
        WriteHead(document, call.Bucket, page, isPrefixEncoded: !S3XmlWriter.CanSay(page.Prefix));
        document.Element("Marker"u8, page.Encode(marker));
        document.Element("IsTruncated"u8, listing.IsTruncated);

        // Without a delimiter the last key says it.
        if (listing.IsTruncated && page.Delimiter.Length > 0)
        {
            document.Element("NextMarker"u8, page.Encode(listing.Last));
        }

        WriteObjects(document, call, page, listing, withOwner: true);
        WritePrefixes(document, page, listing.CommonPrefixes);
        document.End("ListBucketResult"u8);
        await call.RespondAsync(document);
    }

    /// <summary>ListObjectsV2.</summary>
    public static async ValueTask ListV2Async(S3Call call)
    {
        await call.RequireBucketAsync();
        var page = Page.Read(call.Query);
        var token = call.Query.Find("continuation-token");
        var startAfter = call.Query.Find("start-after");
        var after = string.IsNullOrEmpty(token) ? startAfter ?? "" : PageToken.Decode(token);
        var listing = await call.Store.ListObjectsAsync(call.Bucket, page.Query(after), call.Aborted);

        using var document = new S3XmlWriter();
        document.StartDocument("ListBucketResult"u8);
        WriteHead(document, call.Bucket, page);
        document.Element("KeyCount"u8, listing.Objects.Count + listing.CommonPrefixes.Count);
        document.OptionalElement("ContinuationToken"u8, token);
        document.OptionalElement("StartAfter"u8, startAfter is null ? null : page.Encode(startAfter));
        document.Element("IsTruncated"u8, listing.IsTruncated);
        if (listing.IsTruncated)
        {
            document.Element("NextContinuationToken"u8, PageToken.Encode(listing.Last));
        }

        WriteObjects(document, call, page, listing, withOwner: call.Query.Find("fetch-owner") == "true");
        WritePrefixes(document, page, listing.CommonPrefixes);
        document.End("ListBucketResult"u8);
        await call.RespondAsync(document);
    }

    /// <summary>ListObjectVersions: every object is the one version of its key.</summary>
    public static async ValueTask ListVersionsAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var page = Page.Read(call.Query);
        var marker = call.Query.Find("key-marker") ?? "";
        var listing = await call.Store.ListObjectsAsync(call.Bucket, page.Query(marker), call.Aborted);

        using var document = new S3XmlWriter();
        document.StartDocument("ListVersionsResult"u8);
        WriteHead(document, call.Bucket, page);
        document.Element("KeyMarker"u8, page.Encode(marker));
        document.Element("VersionIdMarker"u8, call.Query.Find("version-id-marker") ?? "");
        document.Element("IsTruncated"u8, listing.IsTruncated);
        if (listing.IsTruncated)
        {
            document.Element("NextKeyMarker"u8, page.Encode(listing.Last));
            document.Element("NextVersionIdMarker"u8, VersionRules.OnlyVersion);
        }

        foreach (var info in listing.Objects)
        {
            document.Start("Version"u8);
            document.Element("Key"u8, page.Encode(info.Key));
            document.Element("VersionId"u8, VersionRules.OnlyVersion);
            document.Element("IsLatest"u8, value: true);
            WriteObject(document, call, info, withOwner: true);
            document.End("Version"u8);
        }

        WritePrefixes(document, page, listing.CommonPrefixes);
        document.End("ListVersionsResult"u8);
        await call.RespondAsync(document);
    }

    private static void WriteHead(S3XmlWriter document, string bucket, Page page, bool isPrefixEncoded = true)
    {
        document.Element("Name"u8, bucket);
        document.Element("Prefix"u8, isPrefixEncoded ? page.Encode(page.Prefix) : page.Prefix);
        document.Element("MaxKeys"u8, page.Limit);
        if (page.Delimiter.Length > 0)
        {
            document.Element("Delimiter"u8, page.Encode(page.Delimiter));
        }

        if (page.IsUrlEncoded)
        {
            document.Element("EncodingType"u8, "url");
        }
    }

    private static void WriteObjects(S3XmlWriter document, S3Call call, Page page, ObjectListing listing, bool withOwner)
    {
        foreach (var info in listing.Objects)
        {
            document.Start("Contents"u8);
            document.Element("Key"u8, page.Encode(info.Key));
            WriteObject(document, call, info, withOwner);
            document.End("Contents"u8);
        }
    }

    private static void WriteObject(S3XmlWriter document, S3Call call, ObjectInfo info, bool withOwner)
    {
        document.Element("LastModified"u8, info.LastModified);
        document.ETag(info.ETag);
        if (info.Checksum is { } checksum)
        {
            document.Element("ChecksumAlgorithm"u8, ChecksumAlgorithms.Name(checksum.Algorithm));
            document.Element("ChecksumType"u8, ChecksumAlgorithms.Name(checksum.Type));
        }

        document.Element("Size"u8, info.SizeBytes);
        if (withOwner)
        {
            document.Owner("Owner"u8, info.OwnerId, info.OwnerId == call.Caller.OwnerId ? call.Caller.DisplayName : null);
        }

        document.Element("StorageClass"u8, "STANDARD");
    }

    private static void WritePrefixes(S3XmlWriter document, Page page, IReadOnlyList<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            document.Start("CommonPrefixes"u8);
            document.Element("Prefix"u8, page.Encode(prefix));
            document.End("CommonPrefixes"u8);
        }
    }

    /// <summary>What all listings have in common.</summary>
    internal readonly record struct Page(string Prefix, string Delimiter, int Limit, bool IsUrlEncoded)
    {
        /// <summary>Reads the parameters.</summary>
        /// <exception cref="S3Exception">InvalidArgument.</exception>
        public static Page Read(QueryParameters query, string limitName = "max-keys") => new(
            query.Find("prefix") ?? "",
            query.Find("delimiter") ?? "",
            ReadLimit(query, limitName),
            query.Find("encoding-type") switch
            {
                null or "" => false,
                "url" => true,
                var other => throw S3Exception.Argument("encoding-type", other, "Invalid Encoding Method specified in Request"),
            });

        /// <summary>A name as the client wants to see it.</summary>
        public string Encode(string name) => IsUrlEncoded ? PercentEncoding.Encode(name, keepSlash: true) : name;

        /// <summary>The store's query for the page after a name.</summary>
        public ListQuery Query(string after) => new(Prefix, Delimiter, after, Limit);

        private static int ReadLimit(QueryParameters query, string name)
        {
            var text = query.Find(name);
            if (string.IsNullOrEmpty(text))
            {
                return text is null
                    ? KeysMax
                    : throw S3Exception.Argument(name, text, $"Provided {name} not an integer or within integer range");
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                ? Math.Min(limit, KeysMax)
                : throw S3Exception.Argument(name, text, $"Provided {name} not an integer or within integer range");
        }
    }
}
