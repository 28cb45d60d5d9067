using System.Buffers.Binary;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>Begins every segment file; records follow at <see cref="SizeBytes"/>.</summary>
/// <remarks>
/// One page, little-endian, zero behind what is named:
/// <code>
///  0  magic 'OSSEGMNT' (u64)     16  device id (16 bytes)
///  8  version (u16)              32  segment (u32)
/// 10  lowest reader (u16)        36  CRC-32C of 0 to 35 (u32)
/// </code>
/// </remarks>
internal readonly record struct SegmentHeader(Guid Device, uint Segment)
{
    public const int SizeBytes = 4096;
    public const ushort Version = 1;
    public const ushort LowestReader = 1;

    private const ulong Magic = 0x544E4D474553534F; // "OSSEGMNT"
    private const int CrcOffset = 36;

    public void WriteTo(Span<byte> destination)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], LowestReader);
        Device.TryWriteBytes(destination[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CrcOffset..], Crc32C.Append(0, destination[..CrcOffset]));
    }

    /// <summary>Decodes a header; <see langword="false"/> when it is damaged.</summary>
    /// <exception cref="DeviceFormatException">It is of a version that this one may not read.</exception>
    public static bool TryParse(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = default;
        if (source.Length < SizeBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..]) != Crc32C.Append(0, source[..CrcOffset]))
        {
            return false;
        }

        var lowest = BinaryPrimitives.ReadUInt16LittleEndian(source[10..]);
        if (lowest > Version)
        {
            throw new DeviceFormatException($"A segment needs a reader of version {lowest}; this one is {Version}.");
        }

        header = new SegmentHeader(new Guid(source[16..32]), BinaryPrimitives.ReadUInt32LittleEndian(source[32..]));
        return true;
    }
}
