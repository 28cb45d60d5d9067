using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Operations;

/// <summary>The source of a copy.</summary>
/// <param name="Bucket">Its bucket.</param>
/// <param name="Key">Its key.</param>
internal sealed record CopySource(string Bucket, string Key)
{
    private const string Header = "x-amz-copy-source";

    /// <summary>Opens the source, with its owner and its conditions checked. The caller disposes the reader.</summary>
    /// <exception cref="S3Exception">Why it cannot be copied.</exception>
    public async ValueTask<IObjectReader> OpenAsync(S3Call call)
    {
        await call.RequireBucketAsync(Bucket, "x-amz-source-expected-bucket-owner");
        var reader = await call.Store.OpenReadAsync(Bucket, Key, call.Aborted)
            ?? throw new S3Exception(S3ErrorCode.NoSuchKey) { Details = [new("Key", Key)] };
        try
        {
            Preconditions.CheckCopySource(call, reader.Info);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the header: <c>bucket/key</c>, percent-encoded, perhaps with a version.</summary>
    /// <exception cref="S3Exception">InvalidArgument, NoSuchVersion.</exception>
    public static CopySource Read(S3Call call)
    {
        var text = call.Header(Header) ?? "";
        var path = text.AsSpan();

        // The question mark of a version is not encoded; one that belongs to the key is.
        var question = path.IndexOf('?');
        if (question >= 0)
        {
            VersionRules.RequireCurrent(QueryParameters.Parse(path[(question + 1)..]));
            path = path[..question];
        }

        if (!PercentEncoding.TryDecode(path, plusIsSpace: false, out var decoded))
        {
            throw Invalid(text);
        }

        var name = decoded.StartsWith('/') ? decoded[1..] : decoded;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash < 1 || slash == name.Length - 1
            ? throw Invalid(text)
            : new CopySource(name[..slash], name[(slash + 1)..]);
    }

    private static S3Exception Invalid(string text) =>
        S3Exception.Argument(Header, text, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
}
