using System.Buffers.Binary;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>Puts fields into a body or a list of a length known before.</summary>
internal ref struct BodyWriter(Span<byte> bytes)
{
    private Span<byte> _rest = bytes;

    public void U8(byte value) => Take(1)[0] = value;

    public void I32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void I64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Guid(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    public void FragmentId(FragmentId value)
    {
        var bytes = Take(BodySizes.FragmentId);
        value.Blob.WriteTo(bytes);
        bytes[16] = value.Number;
    }

    public void ExtentId(ExtentId value) => value.WriteTo(Take(Devices.Extents.ExtentId.SizeBytes));

    public void Version(BlockVersion value)
    {
        U64(value.Epoch);
        U64(value.Sequence);
    }

    public void Usage(in DeviceUsage value)
    {
        I64(value.LiveBytes);
        I64(value.UsedBytes);
        I64(value.CapacityBytes);
        I64(value.AvailableBytes);
        I64(value.Fragments);
        I64(value.Blocks);
    }

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    private Span<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
