using System.Buffers.Binary;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>A segment as a checkpoint remembers it.</summary>
internal readonly record struct SegmentRow(uint Id, bool IsLeaving, long EndBytes, long TombstoneBytes, uint TombstoneFloor);

/// <summary>Reads a checkpoint.</summary>
internal sealed class CheckpointReader(ISegmentFile file, DeviceIdentity identity)
{
    private long _position;

    public RecordPlace Replay { get; private set; }

    public ulong DurableLsn { get; private set; }

    public uint NextSegment { get; private set; }

    public List<SegmentRow> Segments { get; } = [];

    public SortedTable<FragmentId, FragmentPlace> Fragments { get; } = new();

    public SortedTable<ExtentId, ExtentState> Extents { get; } = new();

    /// <summary>Reads it all; <see langword="false"/> when any of it is damaged.</summary>
    public async ValueTask<bool> ReadAsync()
    {
        var kind = CheckpointBlock.Begin;
        for (var first = true; ; first = false)
        {
            var rows = await ReadBlockAsync();
            if (rows is not { } block || (block.Kind == CheckpointBlock.Begin) != first)
            {
                return false;
            }

            kind = block.Kind;
            if (kind == CheckpointBlock.End)
            {
                return true;
            }

            if (!Take(kind, block.Rows))
            {
                return false;
            }
        }
    }

    private async ValueTask<(CheckpointBlock Kind, byte[] Rows)?> ReadBlockAsync()
    {
        var header = new byte[Checkpoint.BlockHeaderBytes];
        if (await PatientReader.ReadAsync(file, _position, header) < header.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Checkpoint.Magic)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        if (length is < 0 or > Checkpoint.BlockRowsMax)
        {
            return null;
        }

        var rows = new byte[length];
        if (await PatientReader.ReadAsync(file, _position + header.Length, rows) < length)
        {
            return null;
        }

        _position += header.Length + length;
        var crc = Crc32C.Append(Crc32C.Append(0, header.AsSpan(8)), rows);
        return crc == BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) ? ((CheckpointBlock)header[8], rows) : null;
    }

    private bool Take(CheckpointBlock kind, byte[] rows)
    {
        switch (kind)
        {
            case CheckpointBlock.Begin:
                return TakeBegin(rows);
            case CheckpointBlock.Segments:
                ForEach(rows, Checkpoint.SegmentRowBytes, TakeSegment);
                return true;
            case CheckpointBlock.Fragments:
                ForEach(rows, Checkpoint.FragmentRowBytes, TakeFragment);
                return true;
            case CheckpointBlock.Extent:
                TakeExtent(rows);
                return true;
            default:
                return false;
        }
    }

    private bool TakeBegin(ReadOnlySpan<byte> row)
    {
        if (row.Length != Checkpoint.BeginBytes || new Guid(row[16..32]) != identity.Id)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(row[2..]) > Checkpoint.Version)
        {
            throw new DeviceFormatException("The checkpoint needs a newer reader.");
        }

        Replay = new RecordPlace(
            BinaryPrimitives.ReadUInt32LittleEndian(row[32..]), BinaryPrimitives.ReadUInt32LittleEndian(row[36..]));
        DurableLsn = BinaryPrimitives.ReadUInt64LittleEndian(row[40..]);
        NextSegment = BinaryPrimitives.ReadUInt32LittleEndian(row[48..]);
        return true;
    }

    private delegate void RowTaker(ReadOnlySpan<byte> row);

    private static void ForEach(ReadOnlySpan<byte> rows, int rowBytes, RowTaker take)
    {
        for (; rows.Length >= rowBytes; rows = rows[rowBytes..])
        {
            take(rows);
        }
    }

    private void TakeSegment(ReadOnlySpan<byte> row) => Segments.Add(new SegmentRow(
        BinaryPrimitives.ReadUInt32LittleEndian(row),
        row[4] != 0,
        BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(row[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(row[24..])));

    private void TakeFragment(ReadOnlySpan<byte> row)
    {
        var place = new RecordPlace(
            BinaryPrimitives.ReadUInt32LittleEndian(row[16..]), BinaryPrimitives.ReadUInt32LittleEndian(row[20..]));
        Fragments.Set(
            new FragmentId(BlobId.Read(row), row[30]),
            new FragmentPlace(
                place,
                BinaryPrimitives.ReadInt32LittleEndian(row[24..]),
                BinaryPrimitives.ReadUInt16LittleEndian(row[28..])));
    }

    private void TakeExtent(ReadOnlySpan<byte> rows)
    {
        var id = ExtentId.Read(rows);
        if (!Extents.TryGet(id, out var extent))
        {
            extent = new ExtentState
            {
                Fence = BinaryPrimitives.ReadUInt64LittleEndian(rows[16..]),
                PendingFence = BinaryPrimitives.ReadUInt64LittleEndian(rows[16..]),
                FencePlace = new RecordPlace(
                    BinaryPrimitives.ReadUInt32LittleEndian(rows[24..]), BinaryPrimitives.ReadUInt32LittleEndian(rows[28..])),
                Floor = BinaryPrimitives.ReadUInt32LittleEndian(rows[32..]),
            };
            Extents.Set(id, extent);
        }

        for (rows = rows[Checkpoint.ExtentRowBytes..]; rows.Length >= Checkpoint.BlockRowBytes; rows = rows[Checkpoint.BlockRowBytes..])
        {
            var place = new RecordPlace(
                BinaryPrimitives.ReadUInt32LittleEndian(rows[4..]), BinaryPrimitives.ReadUInt32LittleEndian(rows[8..]));
            var version = new BlockVersion(
                BinaryPrimitives.ReadUInt64LittleEndian(rows[12..]), BinaryPrimitives.ReadUInt64LittleEndian(rows[20..]));
            extent.Set(BinaryPrimitives.ReadUInt32LittleEndian(rows), new BlockPlace(place, version));
        }
    }
}
