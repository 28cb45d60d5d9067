using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Requests;

/// <summary>Refuses headers that ask for what this front end does not do, rather than ignoring them.</summary>
internal static class UnsupportedHeaders
{
    private static readonly string[] RefusedPrefixes =
    [
        "x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption", "x-amz-object-lock-",
        "x-amz-grant-", "x-amz-website-redirect-location", "x-amz-object-ownership", "x-amz-write-offset-bytes",
        "x-amz-mfa", "x-amz-rename-source",
    ];

    private static readonly string[] StorageClasses =
    [
        "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS",
        "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP",
    ];

    /// <summary>Looks at every header of a request.</summary>
    /// <exception cref="S3Exception">NotImplemented, InvalidStorageClass, InvalidToken, InvalidArgument.</exception>
    public static void Check(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !IsPlain(name))
            {
                Check(name, values.ToString());
            }
        }
    }

    /// <summary>The two that nearly every request has.</summary>
    private static bool IsPlain(string name) =>
        name.Equals("x-amz-date", StringComparison.OrdinalIgnoreCase)
        || name.Equals("x-amz-content-sha256", StringComparison.OrdinalIgnoreCase);

    private static void Check(string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case "x-amz-security-token":
                throw new S3Exception(S3ErrorCode.InvalidToken);
            case "x-amz-acl":
                CheckAcl(value);
                return;
            case "x-amz-storage-class" when value != "STANDARD":
                throw Array.IndexOf(StorageClasses, value) >= 0
                    ? S3Exception.Unsupported(name)
                    : new S3Exception(S3ErrorCode.InvalidStorageClass) { Details = [new("StorageClassRequested", value)] };
            case "x-amz-tagging" when value.Length > 0:
            case "x-amz-bucket-object-lock-enabled" when !value.Equals("false", StringComparison.OrdinalIgnoreCase):
                throw S3Exception.Unsupported(name);
        }

        foreach (var prefix in RefusedPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                throw S3Exception.Unsupported(name);
            }
        }
    }

    /// <summary>Only the owner has access, so the lists that grant nothing beyond that are true already.</summary>
    private static void CheckAcl(string value)
    {
        switch (value)
        {
            case "private" or "bucket-owner-full-control" or "bucket-owner-read":
                return;
            case "public-read" or "public-read-write" or "authenticated-read" or "aws-exec-read" or "log-delivery-write":
                throw S3Exception.Unsupported("x-amz-acl: " + value);
            default:
                throw S3Exception.Argument("x-amz-acl", value, "");
        }
    }
}
