using System.Buffers.Binary;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>Writes the index of a device to a file while the device goes on.</summary>
internal sealed class CheckpointWriter(IFileLayer layer, LogState state)
{
    private const int RowsAtOnce = 4096;
    private const string TemporaryName = "checkpoint.tmp";

    private readonly byte[] _block = new byte[Checkpoint.BlockHeaderBytes + Checkpoint.BlockRowsMax];
    private int _rows;
    private long _position;

    /// <summary>Takes a checkpoint and removes the ones before.</summary>
    /// <param name="number">Greater than that of every one before.</param>
    /// <returns>The place from which the log would be replayed, and the length of the file.</returns>
    public async ValueTask<(RecordPlace Replay, long Bytes)> WriteAsync(ulong number)
    {
        var names = await layer.ListAsync();
        if (names.Contains(TemporaryName))
        {
            await layer.DeleteAsync(TemporaryName);
        }

        _position = 0;
        RecordPlace replay;
        using (var file = await layer.CreateAsync(TemporaryName, 0))
        {
            replay = await WriteBeginAsync(file, number);
            await WriteFragmentsAsync(file);
            await WriteExtentsAsync(file);
            await FlushAsync(file, CheckpointBlock.End);
            await file.SyncAsync();
        }

        await layer.RenameAsync(TemporaryName, Checkpoint.NameOf(number));
        await layer.SyncDirectoryAsync();
        foreach (var name in names)
        {
            if (Checkpoint.TryParseName(name, out var old) && old < number)
            {
                await layer.DeleteAsync(name);
            }
        }

        return (replay, _position);
    }

    private async ValueTask<RecordPlace> WriteBeginAsync(ISegmentFile file, ulong number)
    {
        RecordPlace replay;
        List<Segment> segments;
        SortedSet<uint> leaving;
        lock (state.Gate)
        {
            replay = state.DurableEnd;
            segments = [.. state.Segments.Values];
            leaving = [.. state.Leaving];
            EncodeBegin(Take(Checkpoint.BeginBytes), number, replay);
        }

        await FlushAsync(file, CheckpointBlock.Begin);
        foreach (var segment in segments)
        {
            EncodeSegment(segment, leaving.Contains(segment.Id));
            if (_rows + Checkpoint.SegmentRowBytes > Checkpoint.BlockRowsMax)
            {
                await FlushAsync(file, CheckpointBlock.Segments);
            }
        }

        await FlushAsync(file, CheckpointBlock.Segments);
        return replay;
    }

    private void EncodeBegin(Span<byte> row, ulong number, RecordPlace replay)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(row, Checkpoint.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(row[2..], Checkpoint.LowestReader);
        BinaryPrimitives.WriteUInt64LittleEndian(row[8..], number);
        state.Identity.Id.TryWriteBytes(row[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(row[32..], replay.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(row[36..], replay.Units);
        BinaryPrimitives.WriteUInt64LittleEndian(row[40..], state.DurableLsn);
        BinaryPrimitives.WriteUInt32LittleEndian(row[48..], state.NextSegment);
    }

    private void EncodeSegment(Segment segment, bool isLeaving)
    {
        var row = Take(Checkpoint.SegmentRowBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(row, segment.Id);
        row[4] = (byte)(isLeaving ? 1 : 0);
        BinaryPrimitives.WriteInt64LittleEndian(row[8..], segment.EndBytes);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], segment.TombstoneBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(row[24..], segment.TombstoneFloor);
    }

    private async ValueTask WriteFragmentsAsync(ISegmentFile file)
    {
        var page = new List<KeyValuePair<FragmentId, FragmentPlace>>(RowsAtOnce);
        FragmentId after = default;
        while (true)
        {
            page.Clear();
            lock (state.Gate)
            {
                state.Fragments.CopyAfter(after, RowsAtOnce, page);
            }

            if (page.Count == 0)
            {
                return;
            }

            foreach (var (id, place) in page)
            {
                EncodeFragment(id, place);
            }

            after = page[^1].Key;
            await FlushAsync(file, CheckpointBlock.Fragments);
        }
    }

    private void EncodeFragment(FragmentId id, in FragmentPlace place)
    {
        var row = Take(Checkpoint.FragmentRowBytes);
        id.Blob.WriteTo(row);
        BinaryPrimitives.WriteUInt32LittleEndian(row[16..], place.Record.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(row[20..], place.Record.Units);
        BinaryPrimitives.WriteInt32LittleEndian(row[24..], place.LengthBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(row[28..], place.PayloadOffset);
        row[30] = id.Number;
    }

    private async ValueTask WriteExtentsAsync(ISegmentFile file)
    {
        var page = new List<KeyValuePair<ExtentId, ExtentState>>(1);
        ExtentId after = default;
        while (true)
        {
            page.Clear();
            lock (state.Gate)
            {
                state.Extents.CopyAfter(after, 1, page);
                if (page.Count == 0)
                {
                    return;
                }

                EncodeExtent(page[0].Key, page[0].Value);
            }

            after = page[0].Key;
            await FlushExtentAsync(file);
        }
    }

    private byte[] _extent = [];

    private void EncodeExtent(ExtentId id, ExtentState extent)
    {
        var length = Checkpoint.ExtentRowBytes + (extent.Blocks * Checkpoint.BlockRowBytes);
        _extent = new byte[length];
        id.WriteTo(_extent);
        BinaryPrimitives.WriteUInt64LittleEndian(_extent.AsSpan(16), extent.Fence);
        BinaryPrimitives.WriteUInt32LittleEndian(_extent.AsSpan(24), extent.FencePlace.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(_extent.AsSpan(28), extent.FencePlace.Units);
        BinaryPrimitives.WriteUInt32LittleEndian(_extent.AsSpan(32), extent.Floor);
        var row = _extent.AsSpan(Checkpoint.ExtentRowBytes);
        foreach (var (number, place) in extent.Written())
        {
            BinaryPrimitives.WriteUInt32LittleEndian(row, number);
            BinaryPrimitives.WriteUInt32LittleEndian(row[4..], place.Record.Segment);
            BinaryPrimitives.WriteUInt32LittleEndian(row[8..], place.Record.Units);
            BinaryPrimitives.WriteUInt64LittleEndian(row[12..], place.Version.Epoch);
            BinaryPrimitives.WriteUInt64LittleEndian(row[20..], place.Version.Sequence);
            row = row[Checkpoint.BlockRowBytes..];
        }
    }

    /// <summary>Writes one extent as one block or more, each beginning with the extent's own row.</summary>
    private async ValueTask FlushExtentAsync(ISegmentFile file)
    {
        var head = _extent.AsMemory(0, Checkpoint.ExtentRowBytes);
        var blocks = _extent.AsMemory(Checkpoint.ExtentRowBytes);
        const int most = (Checkpoint.BlockRowsMax - Checkpoint.ExtentRowBytes) / Checkpoint.BlockRowBytes * Checkpoint.BlockRowBytes;
        do
        {
            var part = blocks[..Math.Min(most, blocks.Length)];
            head.Span.CopyTo(Take(head.Length));
            part.Span.CopyTo(Take(part.Length));
            await FlushAsync(file, CheckpointBlock.Extent);
            blocks = blocks[part.Length..];
        }
        while (blocks.Length > 0);
    }

    private Span<byte> Take(int bytes)
    {
        var row = _block.AsSpan(Checkpoint.BlockHeaderBytes + _rows, bytes);
        row.Clear();
        _rows += bytes;
        return row;
    }

    private async ValueTask FlushAsync(ISegmentFile file, CheckpointBlock kind)
    {
        var block = _block.AsMemory(0, Checkpoint.BlockHeaderBytes + _rows);
        _block.AsSpan(0, Checkpoint.BlockHeaderBytes).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(_block, Checkpoint.Magic);
        _block[8] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(12), _rows);
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(4), Crc32C.Append(0, block.Span[8..]));
        await file.WriteAsync(_position, block);
        _position += block.Length;
        _rows = 0;
    }
}
