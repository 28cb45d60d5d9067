using System.Buffers;

namespace OrleansStorage.S3.Transport;

/// <summary>Blocks of one length, pinned, the one returned last given out first. Any number of threads.</summary>
internal sealed class LargeBlockMemoryPool : MemoryPool<byte>
{
    private const int BlockBytesMin = 4096;

    private readonly Lock _lock = new();
    private readonly Block?[] _kept;
    private readonly int _blockBytes;
    private int _count;
    private bool _isDisposed;

    /// <summary>An empty pool.</summary>
    public LargeBlockMemoryPool(int blockBytes, int keptBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockBytes, BlockBytesMin);
        ArgumentOutOfRangeException.ThrowIfNegative(keptBytesMax);
        _blockBytes = blockBytes;
        _kept = new Block?[keptBytesMax / blockBytes];
    }

    /// <inheritdoc/>
    public override int MaxBufferSize => _blockBytes;

    /// <summary>Blocks that are kept for later.</summary>
    public int KeptCount => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, _blockBytes);
        Block? block = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_count > 0)
            {
                block = _kept[--_count];
                _kept[_count] = null;
            }
        }

        block ??= new Block(this, _blockBytes);
        block.IsRented = true;
        return block;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _isDisposed = true;
            Array.Clear(_kept);
            _count = 0;
        }
    }

    private void Return(Block block)
    {
        lock (_lock)
        {
            // A block that has no place is left to the garbage collector.
            if (!_isDisposed && _count < _kept.Length)
            {
                _kept[_count++] = block;
            }
        }
    }

    private sealed class Block(LargeBlockMemoryPool pool, int blockBytes) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true);
        private int _isRented;

        public bool IsRented
        {
            set => Volatile.Write(ref _isRented, value ? 1 : 0);
        }

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            // Twice returned would be twice rented.
            if (Interlocked.Exchange(ref _isRented, 0) == 1)
            {
                pool.Return(this);
            }
        }
    }
}
