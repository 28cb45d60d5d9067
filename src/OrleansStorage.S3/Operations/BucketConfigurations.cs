using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>
/// Configurations of buckets and objects that do not exist here: reading one tells the truth, that there is none;
/// deleting one succeeds, as there is none; writing one is NotImplemented.
/// </summary>
internal static class BucketConfigurations
{
    private static readonly FrozenDictionary<string, S3ErrorCode?> OfBuckets = new Dictionary<string, S3ErrorCode?>
    {
        ["policy"] = S3ErrorCode.NoSuchBucketPolicy,
        ["policyStatus"] = null,
        ["tagging"] = S3ErrorCode.NoSuchTagSet,
        ["cors"] = S3ErrorCode.NoSuchCorsConfiguration,
        ["lifecycle"] = S3ErrorCode.NoSuchLifecycleConfiguration,
        ["website"] = S3ErrorCode.NoSuchWebsiteConfiguration,
        ["encryption"] = S3ErrorCode.ServerSideEncryptionConfigurationNotFound,
        ["object-lock"] = S3ErrorCode.ObjectLockConfigurationNotFound,
        ["publicAccessBlock"] = S3ErrorCode.NoSuchPublicAccessBlockConfiguration,
        ["ownershipControls"] = S3ErrorCode.OwnershipControlsNotFound,
        ["replication"] = S3ErrorCode.ReplicationConfigurationNotFound,
        ["versioning"] = null,
        ["logging"] = null,
        ["notification"] = null,
        ["accelerate"] = null,
        ["requestPayment"] = null,
        ["analytics"] = S3ErrorCode.NotImplemented,
        ["inventory"] = S3ErrorCode.NotImplemented,
        ["metrics"] = S3ErrorCode.NotImplemented,
        ["intelligent-tiering"] = S3ErrorCode.NotImplemented,
        ["metadataTable"] = S3ErrorCode.NotImplemented,
        ["metadataConfiguration"] = S3ErrorCode.NotImplemented,
        ["session"] = S3ErrorCode.NotImplemented,
        ["abac"] = S3ErrorCode.NotImplemented,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, S3ErrorCode?> OfObjects = new Dictionary<string, S3ErrorCode?>
    {
        ["tagging"] = null,
        ["legal-hold"] = S3ErrorCode.NotImplemented,
        ["retention"] = S3ErrorCode.NotImplemented,
        ["torrent"] = S3ErrorCode.NotImplemented,
        ["select"] = S3ErrorCode.NotImplemented,
        ["restore"] = S3ErrorCode.NotImplemented,
        ["encryption"] = S3ErrorCode.NotImplemented,
        ["renameObject"] = S3ErrorCode.NotImplemented,
        ["append"] = S3ErrorCode.NotImplemented,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The configuration that a request is about; <see langword="null"/> when it is about none.</summary>
    public static string? Find(QueryParameters query, bool isObject)
    {
        var known = isObject ? OfObjects : OfBuckets;
        for (var i = 0; i < query.Count; i++)
        {
            if (known.ContainsKey(query[i].Key))
            {
                return query[i].Key;
            }
        }

        return null;
    }

    /// <summary>Answers a request about a configuration.</summary>
    public static async ValueTask AnswerAsync(S3Call call, string configuration, string method)
    {
        await call.RequireBucketAsync();
        var isObject = call.Key.Length > 0;
        var absent = (isObject ? OfObjects : OfBuckets)[configuration];
        CheckObjectLock(configuration, method);
        if (absent == S3ErrorCode.NotImplemented || !(HttpMethods.IsGet(method) || HttpMethods.IsDelete(method)))
        {
            throw S3Exception.Unsupported(configuration);
        }

        if (isObject && await call.Store.FindObjectAsync(call.Bucket, call.Key, call.Aborted) is null)
        {
            throw new S3Exception(S3ErrorCode.NoSuchKey) { Details = [new("Key", call.Key)] };
        }

        if (HttpMethods.IsDelete(method))
        {
            call.Respond(StatusCodes.Status204NoContent);
            return;
        }

        if (absent is not null)
        {
            throw new S3Exception(absent) { Details = [new("BucketName", call.Bucket)] };
        }

        await AnswerEmptyAsync(call, configuration);
    }

    /// <summary>Object Lock needs a bucket that was created with it; here no bucket is.</summary>
    private static void CheckObjectLock(string configuration, string method)
    {
        switch (configuration)
        {
            case "legal-hold" or "retention":
                throw new S3Exception(S3ErrorCode.InvalidRequest, "Bucket is missing Object Lock Configuration");
            case "object-lock" when HttpMethods.IsPut(method):
                throw new S3Exception(
                    S3ErrorCode.InvalidBucketState, "Object Lock configuration cannot be enabled on existing buckets");
        }
    }

    private static async ValueTask AnswerEmptyAsync(S3Call call, string configuration)
    {
        using var document = new S3XmlWriter();
        switch (configuration)
        {
            case "versioning":
                Empty(document, "VersioningConfiguration"u8);
                break;
            case "logging":
                Empty(document, "BucketLoggingStatus"u8);
                break;
            case "notification":
                Empty(document, "NotificationConfiguration"u8);
                break;
            case "accelerate":
                Empty(document, "AccelerateConfiguration"u8);
                break;
            case "policyStatus":
                document.StartDocument("PolicyStatus"u8);
                document.Element("IsPublic"u8, value: false);
                document.End("PolicyStatus"u8);
                break;
            case "requestPayment":
                document.StartDocument("RequestPaymentConfiguration"u8);
                document.Element("Payer"u8, "BucketOwner");
                document.End("RequestPaymentConfiguration"u8);
                break;
            default:
                document.StartDocument("Tagging"u8);
                document.Raw("<TagSet/>"u8);
                document.End("Tagging"u8);
                break;
        }

        await call.RespondAsync(document);
    }

    private static void Empty(S3XmlWriter document, ReadOnlySpan<byte> root)
    {
        document.StartDocument(root);
        document.End(root);
    }
}
