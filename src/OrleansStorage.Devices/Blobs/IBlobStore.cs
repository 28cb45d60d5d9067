namespace OrleansStorage.Devices.Blobs;

/// <summary>Stores blobs: immutable byte sequences of 1 byte to 16 MiB, at the protection of a pool.</summary>
/// <remarks>
/// A blob is garbage unless committed metadata names it, or a write session that is still open does
/// (<see cref="IsInFlight"/>). Whoever collects garbage lists blobs first and reads the metadata afterwards: a blob
/// leaves its session only after the metadata that names it was committed.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Largest blob, in bytes.</summary>
    int BlobSizeMaxBytes { get; }

    /// <summary>Incarnation of this process as it stands in <see cref="BlobId.Writer"/>.</summary>
    uint Writer { get; }

    /// <summary>Begins to write the blobs of one object, part or slice.</summary>
    IBlobWriteSession BeginWrite();

    /// <summary>Reads a range of a blob; every byte was verified against its checksum.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="offsetBytes">Where to begin; the range lies within the blob.</param>
    /// <param name="destination">Filled to its end; its content is undefined when the call throws.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="BlobNotFoundException">No device of the group has the blob.</exception>
    /// <exception cref="BlobLostException">Too few intact fragments are left.</exception>
    ValueTask ReadAsync(BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Deletes blobs. A blob that does not exist is no error. Durable at the next sync of its devices.</summary>
    ValueTask DeleteAsync(IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken);

    /// <summary>Blobs in id order, from all devices.</summary>
    /// <param name="after">Only greater ids; <see langword="default"/> to begin with the first.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    ValueTask<IReadOnlyList<BlobEntry>> ListAsync(BlobId after, int limit, CancellationToken cancellationToken);

    /// <summary>A session of this process that is still open has written, or is writing, the blob.</summary>
    bool IsInFlight(BlobId blob);
}

/// <summary>A stored blob.</summary>
/// <param name="Id">Its id.</param>
/// <param name="SizeBytes">Its length.</param>
public readonly record struct BlobEntry(BlobId Id, int SizeBytes);
