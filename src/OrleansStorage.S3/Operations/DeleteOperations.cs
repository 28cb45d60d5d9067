using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>DeleteObject and DeleteObjects.</summary>
internal static class DeleteOperations
{
    private const int KeysMax = 1000;
    private const int DocumentBytesMax = 8 << 20;
    private const int ParallelMax = 32;

    /// <summary>DeleteObject.</summary>
    public static async ValueTask DeleteAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        VersionRules.RequireCurrent(call.Query);
        await DeleteAsync(call, call.Key, Preconditions.ReadDelete(call));
        call.Respond(StatusCodes.Status204NoContent);
    }

    /// <summary>DeleteObjects: each key succeeds or fails by itself.</summary>
    public static async ValueTask DeleteManyAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var body = await call.ReadDocumentAsync(DocumentBytesMax, requiresDigest: true);
        var root = S3XmlReader.ReadRoot(body, "Delete");
        var isQuiet = S3XmlReader.Text(root, "Quiet")?.Trim() == "true";
        var items = ReadItems(root);

        using var document = new S3XmlWriter();
        document.StartDocument("DeleteResult"u8);
        for (var from = 0; from < items.Count; from += ParallelMax)
        {
            var batch = items.GetRange(from, Math.Min(ParallelMax, items.Count - from));
            var failures = await Task.WhenAll(batch.ConvertAll(item => DeleteOneAsync(call, item)));
            for (var i = 0; i < batch.Count; i++)
            {
                WriteResult(document, batch[i], failures[i], isQuiet);
            }
        }

        document.End("DeleteResult"u8);
        await call.RespondAsync(document);
    }

    /// <summary>Deleting what is not there succeeds, also under a condition: a delete that is repeated must.</summary>
    private static async ValueTask DeleteAsync(S3Call call, string key, WriteCondition condition)
    {
        try
        {
            await call.Store.DeleteObjectAsync(call.Bucket, key, condition, call.Aborted);
        }
        catch (ObjectStoreException absent) when (absent.Error == ObjectStoreError.NoSuchKey)
        {
            // As it should be.
        }
    }

    private static List<Item> ReadItems(XElement root)
    {
        var items = new List<Item>();
        foreach (var element in root.Elements())
        {
            if (element.Name.LocalName != "Object")
            {
                continue;
            }

            var key = S3XmlReader.Text(element, "Key");
            if (items.Count == KeysMax || string.IsNullOrEmpty(key))
            {
                throw new S3Exception(S3ErrorCode.MalformedXml);
            }

            items.Add(new Item(key, S3XmlReader.Text(element, "VersionId"), ReadCondition(element)));
        }

        return items.Count > 0 ? items : throw new S3Exception(S3ErrorCode.MalformedXml);
    }

    private static WriteCondition ReadCondition(XElement element)
    {
        var etag = S3XmlReader.Text(element, "ETag");
        var time = S3XmlReader.Text(element, "LastModifiedTime");
        var size = S3XmlReader.Text(element, "Size");
        return new WriteCondition(
            IfMatch: etag is null ? null : EntityTags.Unquote(etag).ToString(),
            IfMatchLastModified: time is null ? null : Preconditions.ParseTime("LastModifiedTime", time),
            IfMatchSizeBytes: size is null ? null : Preconditions.ParseSize("Size", size));
    }

    private static async Task<S3Exception?> DeleteOneAsync(S3Call call, Item item)
    {
        try
        {
            S3Call.CheckKeyLength(item.Key);
            VersionRules.RequireCurrent(item.VersionId);
            await DeleteAsync(call, item.Key, item.Condition);
            return null;
        }
        catch (S3Exception refused)
        {
            return refused;
        }
        catch (ObjectStoreException failed)
        {
            return ErrorTranslation.Translate(failed);
        }
    }

    private static void WriteResult(S3XmlWriter document, Item item, S3Exception? failure, bool isQuiet)
    {
        if (failure is not null)
        {
            document.Start("Error"u8);
            document.Element("Key"u8, item.Key);
            document.OptionalElement("VersionId"u8, item.VersionId);
            document.Element("Code"u8, failure.Error.Code);
            document.Element("Message"u8, failure.Message);
            document.End("Error"u8);
        }
        else if (!isQuiet)
        {
            document.Start("Deleted"u8);
            document.Element("Key"u8, item.Key);
            document.OptionalElement("VersionId"u8, item.VersionId);
            document.End("Deleted"u8);
        }
    }

    private sealed record Item(string Key, string? VersionId, WriteCondition Condition);
}
