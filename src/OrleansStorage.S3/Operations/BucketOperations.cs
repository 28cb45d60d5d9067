using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>Buckets themselves: create, head, delete, and what is true of every bucket.</summary>
internal static class BucketOperations
{
    /// <summary>The region that is written as an empty location.</summary>
    private const string UnnamedRegion = "us-east-1";

    private const int DocumentBytesMax = 64 * 1024;

    /// <summary>CreateBucket.</summary>
    public static async ValueTask CreateAsync(S3Call call)
    {
        if (!BucketName.IsValid(call.Bucket))
        {
            throw new S3Exception(S3ErrorCode.InvalidBucketName) { Details = [new("BucketName", call.Bucket)] };
        }

        CheckLocation(await call.ReadDocumentAsync(DocumentBytesMax), call.Options.Region);
        try
        {
            await call.Store.CreateBucketAsync(call.Bucket, call.Caller.OwnerId, call.Aborted);
        }
        catch (ObjectStoreException exists) when (
            exists.Error == ObjectStoreError.BucketAlreadyOwnedByYou && call.Options.Region == UnnamedRegion)
        {
            // In this region, and in no other, creating one's own bucket again is no error.
        }

        call.Response.Headers.Location = "/" + call.Bucket;
        call.Respond(StatusCodes.Status200OK);
    }

    /// <summary>HeadBucket.</summary>
    public static async ValueTask HeadAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        call.Response.Headers["x-amz-bucket-region"] = call.Options.Region;
        call.Respond(StatusCodes.Status200OK);
    }

    /// <summary>DeleteBucket.</summary>
    public static async ValueTask DeleteAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        await call.Store.DeleteBucketAsync(call.Bucket, call.Aborted);
        call.Respond(StatusCodes.Status204NoContent);
    }

    /// <summary>GetBucketLocation.</summary>
    public static async ValueTask GetLocationAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        using var document = new S3XmlWriter();
        document.StartDocument("LocationConstraint"u8);
        document.Text(call.Options.Region == UnnamedRegion ? "" : call.Options.Region);
        document.End("LocationConstraint"u8);
        await call.RespondAsync(document);
    }

    private static void CheckLocation(ReadOnlyMemory<byte> body, string region)
    {
        if (body.IsEmpty)
        {
            return;
        }

        var root = S3XmlReader.ReadRoot(body, "CreateBucketConfiguration");
        if (S3XmlReader.Text(root, "Location") is not null || S3XmlReader.Text(root, "Bucket") is not null)
        {
            throw S3Exception.Unsupported("directory buckets");
        }

        var location = S3XmlReader.Text(root, "LocationConstraint");
        if (string.IsNullOrEmpty(location) || location == region)
        {
            return;
        }

        throw location.Contains('-', StringComparison.Ordinal)
            ? new S3Exception(
                S3ErrorCode.IllegalLocationConstraint,
                $"The {location} location constraint is incompatible for the region specific endpoint this request was sent to.")
            : new S3Exception(S3ErrorCode.InvalidLocationConstraint) { Details = [new("LocationConstraint", location)] };
    }
}
