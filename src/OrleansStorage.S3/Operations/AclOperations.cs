using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>Access control lists: there is one only, in which the owner has FULL_CONTROL.</summary>
internal static class AclOperations
{
    private const int DocumentBytesMax = 64 * 1024;

    private static readonly XName TypeAttribute = XName.Get("type", "http://www.w3.org/2001/XMLSchema-instance");

    /// <summary>GetBucketAcl and GetObjectAcl.</summary>
    public static async ValueTask GetAsync(S3Call call)
    {
        await RequireSubjectAsync(call);
        using var document = new S3XmlWriter();
        document.StartDocument("AccessControlPolicy"u8);
        document.Owner("Owner"u8, call.Caller.OwnerId, call.Caller.DisplayName);
        document.Start("AccessControlList"u8);
        document.Start("Grant"u8);
        document.Raw("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"u8);
        document.Element("ID"u8, call.Caller.OwnerId);
        document.Element("DisplayName"u8, call.Caller.DisplayName);
        document.End("Grantee"u8);
        document.Element("Permission"u8, "FULL_CONTROL");
        document.End("Grant"u8);
        document.End("AccessControlList"u8);
        document.End("AccessControlPolicy"u8);
        await call.RespondAsync(document);
    }

    /// <summary>PutBucketAcl and PutObjectAcl: accepted when they ask for what is so anyway.</summary>
    public static async ValueTask PutAsync(S3Call call)
    {
        await RequireSubjectAsync(call);
        var body = await call.ReadDocumentAsync(DocumentBytesMax);
        if (!body.IsEmpty)
        {
            CheckIsPrivate(S3XmlReader.ReadRoot(body, "AccessControlPolicy"), call.Caller.OwnerId);
        }
        else if (call.Header("x-amz-acl") is null)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest, "Your request was missing a required header: x-amz-acl or a body");
        }

        call.Respond(StatusCodes.Status200OK);
    }

    private static async ValueTask RequireSubjectAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        VersionRules.RequireCurrent(call.Query);
        if (call.Key.Length > 0 && await call.Store.FindObjectAsync(call.Bucket, call.Key, call.Aborted) is null)
        {
            throw new S3Exception(S3ErrorCode.NoSuchKey) { Details = [new("Key", call.Key)] };
        }
    }

    private static void CheckIsPrivate(XElement policy, string ownerId)
    {
        var owner = Child(policy, "Owner");
        var list = Child(policy, "AccessControlList");
        if (owner is null || list is null)
        {
            throw new S3Exception(S3ErrorCode.MalformedXml);
        }

        if (S3XmlReader.Text(owner, "ID") != ownerId)
        {
            throw new S3Exception(S3ErrorCode.AccessDenied);
        }

        var grants = 0;
        foreach (var grant in list.Elements())
        {
            var grantee = Child(grant, "Grantee");
            var isOwner = grantee?.Attribute(TypeAttribute)?.Value == "CanonicalUser"
                && S3XmlReader.Text(grantee, "ID") == ownerId;
            if (!isOwner || S3XmlReader.Text(grant, "Permission") != "FULL_CONTROL")
            {
                throw S3Exception.Unsupported("access control lists other than private");
            }

            grants++;
        }

        if (grants == 0)
        {
            throw S3Exception.Unsupported("access control lists other than private");
        }
    }

    private static XElement? Child(XElement parent, string name)
    {
        foreach (var child in parent.Elements())
        {
            if (child.Name.LocalName == name)
            {
                return child;
            }
        }

        return null;
    }
}
