using System.Collections.Concurrent;

namespace OrleansStorage.Gateway.Buffers;

/// <summary>Large buffers for bodies on their way in, bounded in sum, kept for the next body.</summary>
internal sealed class BodyBufferPool
{
    private const int SmallestBytes = 256 << 10;

    private readonly ConcurrentDictionary<int, ConcurrentBag<BodyBuffer>> _free = new();
    private readonly ByteBudget _budget;
    private readonly int _largestBytes;

    public BodyBufferPool(int largestBytes, long totalBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalBytes, 2L * largestBytes);
        _largestBytes = largestBytes;
        _budget = new ByteBudget(totalBytes);
    }

    /// <summary>Bytes that may still be rented.</summary>
    public long FreeBytes => _budget.FreeBytes;

    /// <summary>A buffer of at least <paramref name="sizeBytes"/>, or null when somebody would have to wait.</summary>
    public BodyBuffer? TryRent(int sizeBytes)
    {
        var size = SizeClass(sizeBytes);
        return _budget.TryTake(size) ? Find(size) : null;
    }

    /// <summary>A buffer of at least <paramref name="sizeBytes"/>, as soon as there is one.</summary>
    public async ValueTask<BodyBuffer> RentAsync(int sizeBytes, CancellationToken cancellationToken)
    {
        var size = SizeClass(sizeBytes);
        await _budget.TakeAsync(size, cancellationToken);
        return Find(size);
    }

    /// <summary>Takes a buffer back. Its bytes are overwritten, not cleared: they never leave through a length of theirs.</summary>
    public void Return(BodyBuffer buffer)
    {
        _free.GetOrAdd(buffer.Memory.Length, static _ => []).Add(buffer);
        _budget.Give(buffer.Memory.Length);
    }

    private BodyBuffer Find(int size) =>
        _free.TryGetValue(size, out var bag) && bag.TryTake(out var buffer)
            ? buffer
            : new BodyBuffer(size);

    private int SizeClass(int sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeBytes, _largestBytes);
        var size = Math.Min(SmallestBytes, _largestBytes);
        while (size < sizeBytes)
        {
            size = (int)Math.Min(4L * size, _largestBytes);
        }

        return size;
    }
}
