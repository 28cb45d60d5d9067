using System.Buffers.Binary;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>Begins every record of a segment.</summary>
/// <remarks>
/// 80 bytes, little-endian but for ids, then a CRC-32C for each 16 KiB of payload, then zeros up to the payload:
/// <code>
///  0  magic 'OSR1' (u32)         16  span (u32)          56  epoch (u64)
///  4  CRC-32C of 8 to end of     20  segment (u32)       64  sequence (u64)
///     the checksums (u32)        24  LSN (u64)           72  block number, or floor
///  8  kind (u8)                  32  durable LSN (u64)       of a tombstone (u32)
///  9  fragment number (u8)       40  blob or extent id   76  reserved, zero (u32)
/// 10  payload offset (u16)           (16 bytes)          80  checksums (u32 each)
/// 12  payload length (u32)
/// </code>
/// The span leads to the next record, padding included. LSNs count the records of a device without gaps, in the order
/// of the log. The durable LSN is one that had been synced before this record was written: damage at or below a durable LSN
/// hit acknowledged records, damage above every one is a torn write. Naming its segment keeps a misplaced record from
/// being taken for a good one.
/// </remarks>
internal struct RecordHeader
{
    public const int SizeBytes = 80;
    public const int ChecksumBlockBytes = 16 << 10;
    public const int AlignmentBytes = 8;
    public const uint Magic = 0x3152534F; // "OSR1"

    /// <summary>A payload of this length or more begins on a page: copying it into the page cache is then cheapest.</summary>
    public const int PageAlignedFromBytes = 128 << 10;
    public const int PageBytes = 4096;

    /// <summary>Most bytes before the payload: header, 1024 checksums, padding to a page.</summary>
    public const int PayloadOffsetMax = SizeBytes + 4096 + PageBytes;

    private const int CrcFrom = 8;

    public RecordKind Kind;
    public byte Number;
    public int PayloadOffset;
    public int PayloadLength;
    public uint Span;
    public uint Segment;
    public ulong Lsn;
    public ulong DurableLsn;
    public ulong IdHigh;
    public ulong IdLow;
    public ulong Epoch;
    public ulong Sequence;
    public uint BlockOrFloor;

    public readonly FragmentId FragmentId
    {
        get
        {
            Span<byte> id = stackalloc byte[BlobId.SizeBytes];
            BinaryPrimitives.WriteUInt64BigEndian(id, IdHigh);
            BinaryPrimitives.WriteUInt64BigEndian(id[8..], IdLow);
            return new FragmentId(BlobId.Read(id), Number);
        }
    }

    public readonly ExtentId ExtentId => new(IdHigh, IdLow);

    public readonly BlockVersion Version => new(Epoch, Sequence);

    /// <summary>Bytes that the record needs without padding behind it.</summary>
    public readonly int NetBytes => Align(PayloadOffset + PayloadLength, AlignmentBytes);

    public readonly int Checksums => ChecksumCount(PayloadLength);

    public static int ChecksumCount(int payloadLength) => (payloadLength + ChecksumBlockBytes - 1) / ChecksumBlockBytes;

    public static int Align(int value, int alignment) => (value + alignment - 1) & -alignment;

    public static long Align(long value, int alignment) => (value + alignment - 1) & -alignment;

    /// <summary>Where a payload begins in a record that begins at <paramref name="position"/>.</summary>
    public static int PayloadOffsetAt(long position, int payloadLength)
    {
        var end = SizeBytes + (4 * ChecksumCount(payloadLength));
        return payloadLength < PageAlignedFromBytes
            ? Align(end, AlignmentBytes)
            : (int)(Align(position + end, PageBytes) - position);
    }

    public void SetFragment(FragmentId id)
    {
        Span<byte> bytes = stackalloc byte[BlobId.SizeBytes];
        id.Blob.WriteTo(bytes);
        IdHigh = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        IdLow = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        Number = id.Number;
    }

    public void SetExtent(ExtentId id)
    {
        IdHigh = id.High;
        IdLow = id.Low;
    }

    /// <summary>Encodes all but the checksums of the payload, which are there already.</summary>
    /// <param name="destination">At least <see cref="PayloadOffset"/> bytes; zero behind the checksums.</param>
    public readonly void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        destination[8] = (byte)Kind;
        destination[9] = Number;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], (ushort)PayloadOffset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Span);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Segment);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Lsn);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], DurableLsn);
        BinaryPrimitives.WriteUInt64BigEndian(destination[40..], IdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(destination[48..], IdLow);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[56..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[64..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[72..], BlockOrFloor);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[76..], 0);
        var covered = destination[CrcFrom..(SizeBytes + (4 * Checksums))];
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Crc32C.Append(0, covered));
    }

    /// <summary>Decodes and verifies a header with its checksums.</summary>
    /// <param name="source">Bytes from the record's beginning; more than a header is fine.</param>
    /// <param name="header">The header; only its lengths mean something when the result is <see cref="RecordParse.Short"/>.</param>
    public static RecordParse Parse(ReadOnlySpan<byte> source, out RecordHeader header)
    {
        header = default;
        if (source.Length < SizeBytes)
        {
            return RecordParse.Short;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
        {
            return RecordParse.Damaged;
        }

        header.Decode(source);
        if (!header.HasPossibleLengths())
        {
            return RecordParse.Damaged;
        }

        var end = SizeBytes + (4 * header.Checksums);
        if (source.Length < end)
        {
            return RecordParse.Short;
        }

        return Crc32C.Append(0, source[CrcFrom..end]) == BinaryPrimitives.ReadUInt32LittleEndian(source[4..])
            ? RecordParse.Good
            : RecordParse.Damaged;
    }

    private void Decode(ReadOnlySpan<byte> source)
    {
        Kind = (RecordKind)source[8];
        Number = source[9];
        PayloadOffset = BinaryPrimitives.ReadUInt16LittleEndian(source[10..]);
        PayloadLength = BinaryPrimitives.ReadInt32LittleEndian(source[12..]);
        Span = BinaryPrimitives.ReadUInt32LittleEndian(source[16..]);
        Segment = BinaryPrimitives.ReadUInt32LittleEndian(source[20..]);
        Lsn = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]);
        DurableLsn = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]);
        IdHigh = BinaryPrimitives.ReadUInt64BigEndian(source[40..]);
        IdLow = BinaryPrimitives.ReadUInt64BigEndian(source[48..]);
        Epoch = BinaryPrimitives.ReadUInt64LittleEndian(source[56..]);
        Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[64..]);
        BlockOrFloor = BinaryPrimitives.ReadUInt32LittleEndian(source[72..]);
    }

    private readonly bool HasPossibleLengths() =>
        Kind is >= RecordKind.Fragment and <= RecordKind.Void
        && PayloadLength is >= 0 and <= Fragments.FragmentId.SizeMaxBytes
        && PayloadOffset >= SizeBytes + (4 * Checksums)
        && PayloadOffset <= PayloadOffsetMax
        && Span % AlignmentBytes == 0
        && Span >= NetBytes;
}

/// <summary>What <see cref="RecordHeader.Parse"/> found.</summary>
internal enum RecordParse
{
    /// <summary>A whole header, intact.</summary>
    Good,

    /// <summary>More bytes are needed to tell.</summary>
    Short,

    /// <summary>Not a header, or a damaged one.</summary>
    Damaged,
}
