namespace OrleansStorage.Gateway.Buffers;

/// <summary>A bound on bytes in use, first come first served. Thread safe.</summary>
internal sealed class ByteBudget(long totalBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly long _total = totalBytes;
    private long _free = totalBytes;

    /// <summary>Bytes that nobody uses.</summary>
    public long FreeBytes
    {
        get
        {
            lock (_lock)
            {
                return _free;
            }
        }
    }

    /// <summary>Takes bytes if nobody has to wait for that.</summary>
    public bool TryTake(int bytes)
    {
        lock (_lock)
        {
            if (_waiters.Count > 0 || _free < bytes)
            {
                return false;
            }

            _free -= bytes;
            return true;
        }
    }

    /// <summary>Takes bytes as soon as they are free.</summary>
    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _total);
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_waiters.Count == 0 && _free >= bytes)
            {
                _free -= bytes;
                return;
            }

            node = _waiters.AddLast(new Waiter(bytes));
        }

        await using var registration = cancellationToken.Register(() => Cancel(node, cancellationToken));
        await node.Value.Granted.Task;
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(int bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            Grant();
        }
    }

    private void Cancel(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null)
            {
                return;
            }

            _waiters.Remove(node);
            Grant();
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
    }

    private void Grant()
    {
        while (_waiters.First is { } first && _free >= first.Value.Bytes)
        {
            _waiters.RemoveFirst();
            _free -= first.Value.Bytes;
            first.Value.Granted.TrySetResult();
        }
    }

    private sealed class Waiter(int bytes)
    {
        public int Bytes => bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
