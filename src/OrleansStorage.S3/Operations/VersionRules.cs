using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;

namespace OrleansStorage.S3.Operations;

/// <summary>Buckets are unversioned: every object has the one version <c>null</c>.</summary>
internal static class VersionRules
{
    /// <summary>The version of every object.</summary>
    public const string OnlyVersion = "null";

    /// <summary>Checks the version in a query.</summary>
    /// <exception cref="S3Exception">NoSuchVersion, InvalidArgument.</exception>
    public static void RequireCurrent(QueryParameters query) => RequireCurrent(query.Find("versionId"));

    /// <summary>Checks a version.</summary>
    /// <exception cref="S3Exception">NoSuchVersion, InvalidArgument.</exception>
    public static void RequireCurrent(string? version)
    {
        switch (version)
        {
            case null or OnlyVersion:
                return;
            case "":
                throw S3Exception.Argument("versionId", "", "Version id cannot be the empty string");
            default:
                throw new S3Exception(S3ErrorCode.NoSuchVersion) { Details = [new("VersionId", version)] };
        }
    }
}
