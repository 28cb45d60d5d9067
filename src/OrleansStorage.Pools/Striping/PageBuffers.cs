using System.Numerics;

namespace OrleansStorage.Pools.Striping;

/// <summary>Keeps buffers for the next call, up to a number of bytes. For any number of threads.</summary>
internal sealed class PageBuffers(long idleBytesMax)
{
    private const int SmallestBytes = 4096;

    private readonly Dictionary<int, Stack<PageBuffer>> _idle = [];
    private long _idleBytes;
    private int _inUse;

    /// <summary>Buffers that were rented and not returned.</summary>
    public int InUse => Volatile.Read(ref _inUse);

    /// <summary>Bytes that are kept.</summary>
    public long IdleBytes => Volatile.Read(ref _idleBytes);

    /// <summary>A buffer of at least so many bytes, with any content.</summary>
    public PageBuffer Rent(int bytes)
    {
        var size = SizeFor(bytes);
        lock (_idle)
        {
            _inUse++;
            if (_idle.TryGetValue(size, out var stack) && stack.TryPop(out var kept))
            {
                _idleBytes -= size;
                kept.IsRented = true;
                return kept;
            }
        }

        return new PageBuffer(size) { IsRented = true };
    }

    /// <summary>Nobody uses the buffer any more.</summary>
    public void Return(PageBuffer buffer)
    {
        lock (_idle)
        {
            if (!buffer.IsRented)
            {
                throw new InvalidOperationException("The buffer was returned before.");
            }

            buffer.IsRented = false;
            _inUse--;
            if (_idleBytes + buffer.SizeBytes > idleBytesMax)
            {
                return;
            }

            if (!_idle.TryGetValue(buffer.SizeBytes, out var stack))
            {
                _idle.Add(buffer.SizeBytes, stack = new Stack<PageBuffer>());
            }

            stack.Push(buffer);
            _idleBytes += buffer.SizeBytes;
        }
    }

    /// <summary>Four sizes from one power of two to the next: at most a quarter is wasted, and few sizes are kept.</summary>
    private static int SizeFor(int bytes)
    {
        if (bytes <= SmallestBytes)
        {
            return SmallestBytes;
        }

        var step = (int)(BitOperations.RoundUpToPowerOf2((uint)bytes) / 8);
        return (bytes + step - 1) / step * step;
    }
}
