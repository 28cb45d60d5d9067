using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools;

/// <summary>A session of a <see cref="LocalPool"/>.</summary>
internal sealed class BlobWriteSession(LocalPool pool, InFlightBlobs inFlight) : IBlobWriteSession
{
    private readonly List<BlobId> _blobs = [];
    private int _writing;
    private bool _closed;

    public async ValueTask<BlobId> WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        lock (_blobs)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _writing++;
        }

        BlobId? written = null;
        bool isOrphan;
        try
        {
            written = await pool.WriteAsync(payload, cancellationToken);
        }
        finally
        {
            isOrphan = End(written);
        }

        if (isOrphan)
        {
            await pool.DeleteInFlightAsync([written.Value]);
        }

        ObjectDisposedException.ThrowIf(isOrphan, this);
        return written.Value;
    }

    public void Keep()
    {
        foreach (var blob in Close())
        {
            inFlight.Remove(blob);
        }
    }

    public void LeaveToSweeper()
    {
        foreach (var blob in Close())
        {
            inFlight.Leave(blob);
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<BlobId> blobs;
        lock (_blobs)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            blobs = [.. _blobs];
        }

        if (blobs.Count > 0)
        {
            await pool.DeleteInFlightAsync(blobs);
        }
    }

    /// <summary>A write has ended; whether the session was closed before it did.</summary>
    private bool End(BlobId? written)
    {
        lock (_blobs)
        {
            _writing--;
            if (!_closed && written is { } blob)
            {
                _blobs.Add(blob);
            }

            return _closed;
        }
    }

    private List<BlobId> Close()
    {
        lock (_blobs)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_writing > 0)
            {
                throw new InvalidOperationException("A blob of the session is still being written.");
            }

            _closed = true;
            return _blobs;
        }
    }
}
