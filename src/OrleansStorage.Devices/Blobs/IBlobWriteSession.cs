namespace OrleansStorage.Devices.Blobs;

/// <summary>The blobs of one write, from their first byte until metadata names them. Blobs may be written in parallel.</summary>
/// <remarks>
/// <code>
/// open ── Keep, after the metadata was committed ──── closed, blobs stay
///   ├──── LeaveToSweeper, the commit's outcome is unknown ── closed to writes; in flight for a grace period more
///   └──── DisposeAsync without either ──────────────── closed, blobs are deleted
/// </code>
/// </remarks>
public interface IBlobWriteSession : IAsyncDisposable
{
    /// <summary>Writes a blob; completes when it is durable at the pool's full protection.</summary>
    /// <param name="payload">1 byte to <see cref="IBlobStore.BlobSizeMaxBytes"/>; unchanged until the call completes.</param>
    /// <param name="cancellationToken">Ends the call early; the blob may have been written.</param>
    /// <exception cref="PoolFullException">No healthy group has room.</exception>
    /// <exception cref="DeviceException">No healthy group is left.</exception>
    ValueTask<BlobId> WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>Committed metadata names every blob of this session.</summary>
    void Keep();

    /// <summary>Nobody knows whether the metadata was committed: the sweeper will find out.</summary>
    void LeaveToSweeper();
}
