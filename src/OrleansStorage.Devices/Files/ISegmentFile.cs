namespace OrleansStorage.Devices.Files;

/// <summary>An open file of a device.</summary>
public interface ISegmentFile : IDisposable
{
    /// <summary>Its length, in bytes.</summary>
    long LengthBytes { get; }

    /// <summary>
    /// Writes and syncs. The commits of one layer complete in the order in which they were given, each when it and all
    /// before it are durable.
    /// </summary>
    /// <param name="commit">The layer's until it was completed.</param>
    void Commit(FileCommit commit);

    /// <summary>Writes without a sync, outside of the order of commits.</summary>
    /// <param name="positionBytes">Where.</param>
    /// <param name="source">Unchanged until the call completes.</param>
    ValueTask WriteAsync(long positionBytes, ReadOnlyMemory<byte> source);

    /// <summary>Makes every completed write durable.</summary>
    ValueTask SyncAsync();

    /// <summary>Reads neighbouring bytes into up to three buffers.</summary>
    /// <returns>How many bytes there were: fewer than asked for only at the end of the file.</returns>
    ValueTask<int> ReadAsync(long positionBytes, ReadBuffers buffers);

    /// <summary>The first place from a position on where something may have been written; before it there are only zeros.</summary>
    /// <returns><paramref name="positionBytes"/> when the layer does not know; the file's length when there is nothing.</returns>
    ValueTask<long> FindDataAsync(long positionBytes) => new(positionBytes);

    /// <summary>Cuts the file; durable after <see cref="SyncAsync"/>.</summary>
    ValueTask TruncateAsync(long lengthBytes);
}
