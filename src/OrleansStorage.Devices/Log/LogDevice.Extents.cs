using OrleansStorage.Devices.Extents;

namespace OrleansStorage.Devices.Log;

/// <content>Extents.</content>
public sealed partial class LogDevice
{
    /// <inheritdoc/>
    public ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfZero(blocks.Count);
        var lowest = ulong.MaxValue;
        foreach (var block in blocks)
        {
            BlockRules.Check(block);
            lowest = Math.Min(lowest, block.Version.Epoch);
        }

        CheckFence(extent, lowest);
        var ticket = _tickets.Rent();
        ticket.Begin(blocks.Count);
        var records = new LogRecord[blocks.Count];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = LogRecord.Block(extent, blocks[i], ticket);
        }

        Enqueue(ticket, records);
        return ticket.Task;
    }

    /// <inheritdoc/>
    public async ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        var count = BlockRules.CheckRange(firstBlock, destination.Length, versions.Length);
        for (var i = 0; i < count; i++)
        {
            var bytes = destination.Slice(i * IDevice.BlockSizeBytes, IDevice.BlockSizeBytes);
            var (place, segment) = FindBlock(extent, firstBlock + (uint)i);
            versions.Span[i] = place.Version;
            if (!place.IsWritten)
            {
                bytes.Span.Clear();
                continue;
            }

            if (segment is null)
            {
                throw SegmentLost(place.Record.Segment);
            }

            var expected = ExpectedBlock(extent, firstBlock + (uint)i, place.Version);
            await FinishRead(
                segment,
                _reader.ReadAsync(
                    segment.File, place.Record, BlockPlace.PayloadOffset, IDevice.BlockSizeBytes, expected, 0, bytes));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var result = new List<ExtentEntry>();
        var page = new List<KeyValuePair<ExtentId, ExtentState>>();
        lock (_state.Gate)
        {
            do
            {
                page.Clear();
                _state.Extents.CopyAfter(after, limit - result.Count, page);
                foreach (var (id, extent) in page)
                {
                    after = id;
                    if (extent.IsVisible)
                    {
                        result.Add(new ExtentEntry(id, extent.Fence, extent.Blocks));
                    }
                }
            }
            while (page.Count > 0 && result.Count < limit);
        }

        return new ValueTask<IReadOnlyList<ExtentEntry>>(result);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        lock (_state.Gate)
        {
            IReadOnlyList<BlockEntry> result = _state.Extents.TryGet(extent, out var known)
                ? known.Written().Select(block => new BlockEntry(block.Key, block.Value.Version)).ToList()
                : [];
            return new ValueTask<IReadOnlyList<BlockEntry>>(result);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfZero(epoch);
        var ticket = _tickets.Rent();
        ticket.Begin(1);
        Enqueue(ticket, [LogRecord.Fence(extent, epoch, ticket)]);
        await ticket.Task;
        lock (_state.Gate)
        {
            return _state.Extents.TryGet(extent, out var known) ? known.Fence : epoch;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        var ticket = _tickets.Rent();
        ticket.Begin(1);
        Enqueue(ticket, [LogRecord.ExtentTombstone(extent, ticket)]);
        return ticket.Task;
    }

    internal static RecordHeader ExpectedBlock(ExtentId extent, uint number, BlockVersion version)
    {
        var expected = new RecordHeader
        {
            Kind = RecordKind.Block,
            PayloadLength = IDevice.BlockSizeBytes,
            BlockOrFloor = number,
            Epoch = version.Epoch,
            Sequence = version.Sequence,
        };
        expected.SetExtent(extent);
        return expected;
    }

    /// <summary>So that of a call with a stale epoch nothing is written. The writer asks again when the log decides.</summary>
    private void CheckFence(ExtentId id, ulong lowestEpoch)
    {
        lock (_state.Gate)
        {
            if (_state.Extents.TryGet(id, out var extent) && lowestEpoch < extent.PendingFence)
            {
                throw new FencedException(id, lowestEpoch, extent.PendingFence);
            }
        }
    }

    private (BlockPlace Place, Segment? Segment) FindBlock(ExtentId id, uint number)
    {
        lock (_state.Gate)
        {
            var place = _state.Extents.TryGet(id, out var extent) ? extent[number] : default;
            return (place, place.IsWritten ? BeginRead(place.Record.Segment) : null);
        }
    }
}
