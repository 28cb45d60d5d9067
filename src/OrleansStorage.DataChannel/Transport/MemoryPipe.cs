namespace OrleansStorage.DataChannel.Transport;

/// <summary>Bytes on their way in one direction, bounded. One reads, one writes; continuations stay with their schedulers.</summary>
internal sealed class MemoryPipe(int capacityBytes, bool inline)
{
    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[capacityBytes];
    private readonly AsyncSignal _changed = new(inline);
    private readonly AsyncSignal _room = new(inline);
    private int _start;
    private int _count;
    private bool _isEnded;
    private bool _isBroken;

    /// <summary>Reads at least a byte; 0 when the other side has ended.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryRead(destination.Span, out var count))
            {
                if (count > 0)
                {
                    _room.Set();
                }

                return count;
            }

            using (cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), _changed))
            {
                await _changed.WaitAsync();
            }
        }
    }

    /// <summary>Writes all bytes, as there is room.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = TryWrite(source.Span);
            source = source[count..];
            if (count > 0)
            {
                _changed.Set();
            }

            if (source.IsEmpty)
            {
                return;
            }

            using (cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), _room))
            {
                await _room.WaitAsync();
            }
        }
    }

    /// <summary>No more is written; what is there can still be read.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
        }

        _changed.Set();
        _room.Set();
    }

    /// <summary>Whoever reads or writes gets an error.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
        }

        _changed.Set();
        _room.Set();
    }

    private bool TryRead(Span<byte> destination, out int count)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            count = Math.Min(destination.Length, _count);
            var first = Math.Min(count, _ring.Length - _start);
            _ring.AsSpan(_start, first).CopyTo(destination);
            _ring.AsSpan(0, count - first).CopyTo(destination[first..]);
            _start = (_start + count) % _ring.Length;
            _count -= count;
            return count > 0 || _isEnded || destination.IsEmpty;
        }
    }

    private int TryWrite(ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            if (_isEnded)
            {
                throw new IOException("The connection was closed.");
            }

            var count = Math.Min(source.Length, _ring.Length - _count);
            var at = (_start + _count) % _ring.Length;
            var first = Math.Min(count, _ring.Length - at);
            source[..first].CopyTo(_ring.AsSpan(at));
            source[first..count].CopyTo(_ring);
            _count += count;
            return count;
        }
    }

    private void ThrowIfBroken()
    {
        if (_isBroken)
        {
            throw new IOException("The connection was closed.");
        }
    }
}
