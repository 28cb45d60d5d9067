namespace OrleansStorage.DataChannel.Transport;

/// <summary>Connections inside one process: for tests and simulations.</summary>
/// <param name="capacityBytes">Bytes that are on their way in each direction of a connection at most.</param>
/// <param name="runContinuationsInline">For simulations with one thread: nothing is left to the pool.</param>
public sealed class MemoryTransport(int capacityBytes = 256 << 10, bool runContinuationsInline = false)
    : IChannelConnector, IChannelListener
{
    private const int BacklogMax = 128;

    private readonly Lock _gate = new();
    private readonly Queue<Stream> _backlog = new();
    private readonly AsyncSignal _arrived = new(runContinuationsInline);
    private bool _isClosed;

    /// <inheritdoc/>
    public string Peer => "memory";

    /// <inheritdoc/>
    public ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (client, server) = DuplexMemoryStream.CreatePair(capacityBytes, runContinuationsInline);
        lock (_gate)
        {
            if (_isClosed || _backlog.Count == BacklogMax)
            {
                throw new IOException("Nobody listens.");
            }

            _backlog.Enqueue(server);
        }

        _arrived.Set();
        return new ValueTask<Stream>(client);
    }

    /// <inheritdoc/>
    public async ValueTask<Stream?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_gate)
            {
                if (_isClosed)
                {
                    return null;
                }

                if (_backlog.TryDequeue(out var stream))
                {
                    return stream;
                }
            }

            using (cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), _arrived))
            {
                await _arrived.WaitAsync();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_backlog.TryDequeue(out var stream))
            {
                stream.Dispose();
            }
        }

        _arrived.Set();
        return ValueTask.CompletedTask;
    }
}
