using System.Globalization;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>ListParts and ListMultipartUploads.</summary>
internal static class UploadListOperations
{
    private const int PartsMax = 1000;

    /// <summary>ListParts.</summary>
    public static async ValueTask ListPartsAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var limit = ReadNumber(call.Query, "max-parts", PartsMax);
        var after = ReadNumber(call.Query, "part-number-marker", 0);
        var upload = await MultipartOperations.RequireUploadAsync(call);

        // One more than asked for shows whether there are more.
        var parts = await call.Store.ListPartsAsync(
            call.Bucket, call.Key, upload.UploadId, after, Math.Min(limit, PartsMax) + 1, call.Aborted);
        var count = Math.Min(parts.Count, Math.Min(limit, PartsMax));

        using var document = new S3XmlWriter();
        document.StartDocument("ListPartsResult"u8);
        document.Element("Bucket"u8, call.Bucket);
        document.Element("Key"u8, call.Key);
        document.Element("UploadId"u8, upload.UploadId);
        WriteUsers(document, call, upload);
        document.Element("StorageClass"u8, "STANDARD");
        document.Element("PartNumberMarker"u8, after);
        document.Element("NextPartNumberMarker"u8, count > 0 ? parts[count - 1].Number : 0);
        document.Element("MaxParts"u8, limit);
        document.Element("IsTruncated"u8, parts.Count > count && count > 0);
        WriteAlgorithm(document, upload);
        for (var i = 0; i < count; i++)
        {
            WritePart(document, parts[i]);
        }

        document.End("ListPartsResult"u8);
        await call.RespondAsync(document);
    }

    /// <summary>ListMultipartUploads.</summary>
    public static async ValueTask ListUploadsAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var page = ListOperations.Page.Read(call.Query, "max-uploads");
        var keyMarker = call.Query.Find("key-marker") ?? "";
        var idMarker = keyMarker.Length == 0 ? "" : call.Query.Find("upload-id-marker") ?? "";
        var listing = page.Limit == 0
            ? new UploadListing([], [], IsTruncated: false)
            : await call.Store.ListUploadsAsync(
                call.Bucket, new UploadQuery(page.Prefix, page.Delimiter, keyMarker, idMarker, page.Limit), call.Aborted);

        using var document = new S3XmlWriter();
        document.StartDocument("ListMultipartUploadsResult"u8);
        document.Element("Bucket"u8, call.Bucket);
        document.Element("KeyMarker"u8, page.Encode(keyMarker));
        document.Element("UploadIdMarker"u8, idMarker);
        WriteNextMarkers(document, page, listing);
        WriteQuery(document, page);
        document.Element("IsTruncated"u8, listing.IsTruncated);
        foreach (var upload in listing.Uploads)
        {
            WriteUpload(document, call, page, upload);
        }

        foreach (var prefix in listing.CommonPrefixes)
        {
            document.Start("CommonPrefixes"u8);
            document.Element("Prefix"u8, page.Encode(prefix));
            document.End("CommonPrefixes"u8);
        }

        document.End("ListMultipartUploadsResult"u8);
        await call.RespondAsync(document);
    }

    private static void WriteQuery(S3XmlWriter document, ListOperations.Page page)
    {
        document.Element("Prefix"u8, page.Encode(page.Prefix));
        if (page.Delimiter.Length > 0)
        {
            document.Element("Delimiter"u8, page.Encode(page.Delimiter));
        }

        if (page.IsUrlEncoded)
        {
            document.Element("EncodingType"u8, "url");
        }

        document.Element("MaxUploads"u8, page.Limit);
    }

    private static void WriteNextMarkers(S3XmlWriter document, ListOperations.Page page, UploadListing listing)
    {
        if (!listing.IsTruncated)
        {
            return;
        }

        var last = listing.Uploads.Count > 0 ? listing.Uploads[^1] : null;
        var prefix = listing.CommonPrefixes.Count > 0 ? listing.CommonPrefixes[^1] : null;
        if (last is not null && (prefix is null || KeyOrder.Instance.Compare(last.Key, prefix) > 0))
        {
            document.Element("NextKeyMarker"u8, page.Encode(last.Key));
            document.Element("NextUploadIdMarker"u8, last.UploadId);
        }
        else
        {
            document.Element("NextKeyMarker"u8, page.Encode(prefix ?? ""));
            document.Element("NextUploadIdMarker"u8, "");
        }
    }

    private static void WriteUpload(S3XmlWriter document, S3Call call, ListOperations.Page page, UploadInfo upload)
    {
        document.Start("Upload"u8);
        document.Element("Key"u8, page.Encode(upload.Key));
        document.Element("UploadId"u8, upload.UploadId);
        WriteUsers(document, call, upload);
        document.Element("StorageClass"u8, "STANDARD");
        document.Element("Initiated"u8, upload.InitiatedAt);
        WriteAlgorithm(document, upload);
        document.End("Upload"u8);
    }

    private static void WriteUsers(S3XmlWriter document, S3Call call, UploadInfo upload)
    {
        var owner = upload.Request.OwnerId;
        var name = owner == call.Caller.OwnerId ? call.Caller.DisplayName : null;
        document.Owner("Initiator"u8, owner, name);
        document.Owner("Owner"u8, owner, name);
    }

    private static void WriteAlgorithm(S3XmlWriter document, UploadInfo upload)
    {
        if (upload.Request is { ChecksumAlgorithm: { } algorithm, ChecksumType: { } type })
        {
            document.Element("ChecksumAlgorithm"u8, ChecksumAlgorithms.Name(algorithm));
            document.Element("ChecksumType"u8, ChecksumAlgorithms.Name(type));
        }
    }

    private static void WritePart(S3XmlWriter document, PartInfo part)
    {
        document.Start("Part"u8);
        document.Element("PartNumber"u8, part.Number);
        document.Element("LastModified"u8, part.LastModified);
        document.ETag(part.ETag);
        document.Element("Size"u8, part.SizeBytes);
        document.Checksum(part.Checksum, withType: false);
        document.End("Part"u8);
    }

    private static int ReadNumber(QueryParameters query, string name, int fallback)
    {
        var text = query.Find(name);
        if (text is null)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw S3Exception.Argument(name, text, $"Provided {name} not an integer or within integer range");
    }
}
