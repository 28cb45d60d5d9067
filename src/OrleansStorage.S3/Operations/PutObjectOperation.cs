using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Bodies;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Operations;

/// <summary>PutObject.</summary>
internal static class PutObjectOperation
{
    /// <summary>Stores the body under the key.</summary>
    public static async ValueTask PutAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        var integrity = BodyIntegrity.Read(call.Headers, call.Authentication.Payload);
        var headers = ObjectHeaderReader.Read(call.Headers);
        var condition = Preconditions.ReadWrite(call);
        using var body = RequestBody.Open(call.Http, call.Authentication, call.Options.PutSizeBytesMax);
        await Preconditions.CheckEarlyAsync(call, condition);

        using var digest = integrity.CreateDigest(call.Md5, body.LengthBytes);
        await using var writer = call.Store.OpenWriter(call.Bucket, call.Key, digest, body.LengthBytes);
        await body.CopyToAsync(writer, call.Aborted);
        await writer.FinishAsync(call.Aborted);
        integrity.Verify(digest, body.Trailer);

        var info = await writer.CommitAsync(
            new ObjectCommit
            {
                OwnerId = call.Caller.OwnerId,
                ETag = Convert.ToHexStringLower(digest.Md5),
                Headers = headers,
                Checksum = digest.Checksum,
                Condition = condition,
            },
            call.Aborted);

        call.Response.Headers.ETag = string.Concat("\"", info.ETag, "\"");
        if (info.Checksum is not null)
        {
            ChecksumHeaders.Write(call, info.Checksum);
        }

        call.Respond(StatusCodes.Status200OK);
    }
}
