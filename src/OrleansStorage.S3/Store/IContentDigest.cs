namespace OrleansStorage.S3.Store;

/// <summary>Looks at a body while it is being stored: MD5 for the ETag, checksums.</summary>
public interface IContentDigest
{
    /// <summary>The next bytes. The caller awaits one call before the next, and keeps the memory unchanged until then.</summary>
    ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
