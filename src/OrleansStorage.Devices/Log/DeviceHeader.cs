using System.Buffers.Binary;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>The file that says what a device is; written once, when it is formatted.</summary>
/// <remarks>
/// One page, little-endian, zero behind what is named:
/// <code>
///  0  magic 'OSDEVICE' (u64)     16  device id (16 bytes)    40  segment size (u64)
///  8  version (u16)              32  capacity (u64)          48  CRC-32C of 0 to 47 (u32)
/// 10  lowest reader (u16)        12  tier (u8)
/// </code>
/// </remarks>
internal readonly record struct DeviceHeader(DeviceIdentity Identity, long SegmentBytes)
{
    public const string FileName = "device.header";
    public const int SizeBytes = 4096;
    public const ushort Version = 1;
    public const ushort LowestReader = 1;

    private const ulong Magic = 0x454349564544534F; // "OSDEVICE"
    private const int CrcOffset = 48;

    public void WriteTo(Span<byte> destination)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], LowestReader);
        destination[12] = (byte)Identity.Tier;
        Identity.Id.TryWriteBytes(destination[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], Identity.CapacityBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[40..], SegmentBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CrcOffset..], Crc32C.Append(0, destination[..CrcOffset]));
    }

    /// <exception cref="DeviceFormatException">It is damaged, or of a version that this one may not read.</exception>
    public static DeviceHeader Parse(ReadOnlySpan<byte> source)
    {
        if (source.Length < SizeBytes || BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
        {
            throw new DeviceFormatException("The device header is not one.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..]) != Crc32C.Append(0, source[..CrcOffset]))
        {
            throw new DeviceFormatException("The device header is damaged.");
        }

        var lowest = BinaryPrimitives.ReadUInt16LittleEndian(source[10..]);
        if (lowest > Version)
        {
            throw new DeviceFormatException($"The device needs a reader of version {lowest}; this one is {Version}.");
        }

        var identity = new DeviceIdentity(
            new Guid(source[16..32]), (DeviceTier)source[12], BinaryPrimitives.ReadInt64LittleEndian(source[32..]));
        return new DeviceHeader(identity, BinaryPrimitives.ReadInt64LittleEndian(source[40..]));
    }
}
