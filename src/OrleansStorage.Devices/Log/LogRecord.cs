using System.Buffers;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <summary>What a record is for, and so how much of the reserve it may use.</summary>
internal enum RecordPurpose
{
    /// <summary>A caller stores something.</summary>
    Store,

    /// <summary>A caller deletes or fences something.</summary>
    Delete,

    /// <summary>Compaction moves something.</summary>
    Copy,
}

/// <summary>A record on its way into the log.</summary>
internal sealed class LogRecord
{
    public RecordHeader Header;

    private LogRecord(RecordPurpose purpose, WriteTicket ticket, int payloadLength)
    {
        Purpose = purpose;
        Ticket = ticket;
        Header.PayloadLength = payloadLength;
        var longest = RecordHeader.SizeBytes + (4 * RecordHeader.ChecksumCount(payloadLength)) + RecordHeader.AlignmentBytes;
        longest += payloadLength >= RecordHeader.PageAlignedFromBytes ? RecordHeader.PageBytes : 0;
        HeaderBuffer = ArrayPool<byte>.Shared.Rent(longest);
        HeaderBuffer.AsSpan(0, longest).Clear();
    }

    public RecordPurpose Purpose { get; }

    public WriteTicket Ticket { get; }

    public byte[] HeaderBuffer { get; private set; }

    public ReadOnlyMemory<byte> Payload { get; private init; }

    /// <summary>Of a copy: what it is a copy of. The copy is pointless once the index no longer points there.</summary>
    public RecordPlace Source { get; private init; }

    public RecordPlace Place { get; set; }

    /// <summary>Most bytes that it can take in a segment.</summary>
    public int SizeMaxBytes => HeaderBuffer.Length + Payload.Length + RecordHeader.AlignmentBytes;

    public static LogRecord Fragment(FragmentId id, ReadOnlyMemory<byte> payload, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Store, ticket, payload.Length) { Payload = payload };
        record.Header.Kind = RecordKind.Fragment;
        record.Header.SetFragment(id);
        PayloadChecksums.Write(payload.Span, record.HeaderBuffer);
        return record;
    }

    public static LogRecord FragmentTombstone(FragmentId id, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Delete, ticket, 0);
        record.Header.Kind = RecordKind.FragmentTombstone;
        record.Header.SetFragment(id);
        return record;
    }

    public static LogRecord Block(ExtentId extent, BlockWrite block, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Store, ticket, block.Payload.Length) { Payload = block.Payload };
        record.Header.Kind = RecordKind.Block;
        record.Header.SetExtent(extent);
        record.Header.BlockOrFloor = block.Number;
        record.Header.Epoch = block.Version.Epoch;
        record.Header.Sequence = block.Version.Sequence;
        PayloadChecksums.Write(block.Payload.Span, record.HeaderBuffer);
        return record;
    }

    public static LogRecord Fence(ExtentId extent, ulong epoch, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Delete, ticket, 0);
        record.Header.Kind = RecordKind.Fence;
        record.Header.SetExtent(extent);
        record.Header.Epoch = epoch;
        return record;
    }

    public static LogRecord ExtentTombstone(ExtentId extent, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Delete, ticket, 0);
        record.Header.Kind = RecordKind.ExtentTombstone;
        record.Header.SetExtent(extent);
        return record;
    }

    /// <summary>A record as it stands elsewhere in the log, its checksums unchanged, so that damage stays visible.</summary>
    public static LogRecord Copy(
        in RecordHeader header, ReadOnlySpan<byte> checksums, ReadOnlyMemory<byte> payload, RecordPlace source, WriteTicket ticket)
    {
        var record = new LogRecord(RecordPurpose.Copy, ticket, payload.Length) { Payload = payload, Source = source };
        record.Header = header;
        checksums.CopyTo(record.HeaderBuffer.AsSpan(RecordHeader.SizeBytes));
        return record;
    }

    /// <summary>Gives the buffers back and tells the call.</summary>
    public void Complete(Exception? error)
    {
        ArrayPool<byte>.Shared.Return(HeaderBuffer);
        HeaderBuffer = [];
        Ticket.End(error);
    }
}
