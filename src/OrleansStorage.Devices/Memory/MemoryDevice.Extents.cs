using OrleansStorage.Devices.Extents;

namespace OrleansStorage.Devices.Memory;

/// <content>Extents.</content>
public sealed partial class MemoryDevice
{
    /// <inheritdoc/>
    public ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfZero(blocks.Count);
        foreach (var block in blocks)
        {
            BlockRules.Check(block);
        }

        CheckFence(extent, blocks.Min(block => block.Version.Epoch));
        foreach (var block in blocks)
        {
            Store(extent, block, Fill(block.Payload.Span).Pages[0]);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        var count = BlockRules.CheckRange(firstBlock, destination.Length, versions.Length);
        for (var i = 0; i < count; i++)
        {
            var bytes = destination.Span.Slice(i * IDevice.BlockSizeBytes, IDevice.BlockSizeBytes);
            versions.Span[i] = Read(extent, firstBlock + (uint)i, bytes);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var page = new List<KeyValuePair<ExtentId, MemoryExtent>>();
        lock (_gate)
        {
            _extents.CopyAfter(after, limit, page);
            return new ValueTask<IReadOnlyList<ExtentEntry>>(
                page.ConvertAll(entry => new ExtentEntry(entry.Key, entry.Value.Fence, entry.Value.Blocks.Count)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        lock (_gate)
        {
            IReadOnlyList<BlockEntry> result = _extents.TryGet(extent, out var known)
                ? known.Blocks.Select(block => new BlockEntry(block.Key, block.Value.Version)).ToList()
                : [];
            return new ValueTask<IReadOnlyList<BlockEntry>>(result);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfZero(epoch);
        lock (_gate)
        {
            var known = GetOrAdd(extent);
            known.Fence = Math.Max(known.Fence, epoch);
            return new ValueTask<ulong>(known.Fence);
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        lock (_gate)
        {
            if (_extents.TryGet(extent, out var known))
            {
                foreach (var block in known.Blocks.Values)
                {
                    _arena.Free(block.Page.Number);
                }

                _blocks -= known.Blocks.Count;
                _extents.Remove(extent);
            }
        }

        return ValueTask.CompletedTask;
    }

    private void CheckFence(ExtentId id, ulong epoch)
    {
        lock (_gate)
        {
            if (_extents.TryGet(id, out var extent) && epoch < extent.Fence)
            {
                throw new FencedException(id, epoch, extent.Fence);
            }
        }
    }

    private void Store(ExtentId id, in BlockWrite block, StoredPage page)
    {
        lock (_gate)
        {
            var extent = GetOrAdd(id);
            var isKnown = extent.Blocks.TryGetValue(block.Number, out var known);
            if (block.Version.Epoch < extent.Fence || (isKnown && block.Version <= known.Version))
            {
                _arena.Free(page.Number);
                if (block.Version.Epoch < extent.Fence)
                {
                    throw new FencedException(id, block.Version.Epoch, extent.Fence);
                }

                return;
            }

            if (isKnown)
            {
                _arena.Free(known.Page.Number);
            }
            else
            {
                _blocks++;
            }

            extent.Blocks[block.Number] = new MemoryBlock(page, block.Version);
        }
    }

    private BlockVersion Read(ExtentId id, uint number, Span<byte> destination)
    {
        while (true)
        {
            MemoryBlock block;
            lock (_gate)
            {
                if (!_extents.TryGet(id, out var extent) || !extent.Blocks.TryGetValue(number, out block))
                {
                    destination.Clear();
                    return BlockVersion.None;
                }
            }

            var stored = new StoredPages([block.Page], IDevice.BlockSizeBytes);
            var isIntact = TryRead(stored, 0, destination);
            if (!IsStill(stored))
            {
                continue;
            }

            return isIntact ? block.Version : throw Corrupt($"Block {number} of extent {id}");
        }
    }

    private MemoryExtent GetOrAdd(ExtentId id)
    {
        if (!_extents.TryGet(id, out var extent))
        {
            extent = new MemoryExtent();
            _extents.Set(id, extent);
        }

        return extent;
    }
}
