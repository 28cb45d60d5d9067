namespace OrleansStorage.S3.Store;

/// <summary>A body on its way into the store. Used by one caller at a time.</summary>
/// <remarks>
/// <code>
/// open ── GetMemory, AdvanceAsync … ── FinishAsync ── commit ── visible
///   └──────────── DisposeAsync at any point before the commit: nothing was ever there
/// </code>
/// Memory stays bounded whatever the length: <see cref="AdvanceAsync"/> waits while earlier bytes are being stored.
/// </remarks>
public interface IBodyWriter : IAsyncDisposable
{
    /// <summary>Bytes accepted so far.</summary>
    long LengthBytes { get; }

    /// <summary>Where the next bytes go; at least 1 byte, valid until the next call on this writer.</summary>
    Memory<byte> GetMemory();

    /// <summary>Accepts the first <paramref name="count"/> bytes of the memory given out last.</summary>
    ValueTask AdvanceAsync(int count, CancellationToken cancellationToken);

    /// <summary>
    /// No more bytes come: completes when every byte is durable and the digest has seen it. Nothing is visible yet.
    /// </summary>
    ValueTask FinishAsync(CancellationToken cancellationToken);
}

/// <summary>An object on its way into the store.</summary>
public interface IObjectWriter : IBodyWriter
{
    /// <summary>Makes the object visible, replacing an earlier one; after <see cref="IBodyWriter.FinishAsync"/>.</summary>
    /// <exception cref="ObjectStoreException">
    /// <see cref="ObjectStoreError.PreconditionFailed"/>; <see cref="ObjectStoreError.NoSuchKey"/> when If-Match names an
    /// ETag and there is no object; <see cref="ObjectStoreError.NoSuchBucket"/>.
    /// </exception>
    ValueTask<ObjectInfo> CommitAsync(ObjectCommit commit, CancellationToken cancellationToken);
}

/// <summary>A part on its way into the store.</summary>
public interface IPartWriter : IBodyWriter
{
    /// <summary>Makes the part part of the upload, replacing an earlier one of the same number.</summary>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.NoSuchUpload"/>.</exception>
    ValueTask<PartInfo> CommitAsync(PartCommit commit, CancellationToken cancellationToken);
}
