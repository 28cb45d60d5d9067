using System.Buffers.Binary;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>Takes fields off a body or a list; every one that is not there is a <see cref="FrameException"/>.</summary>
internal ref struct BodyReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Left => _rest.Length;

    public byte U8() => Take(1)[0];

    public int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long I64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public Guid Guid() => new(Take(16), bigEndian: true);

    public FragmentId FragmentId()
    {
        var bytes = Take(BodySizes.FragmentId);
        return new FragmentId(BlobId.Read(bytes), bytes[16]);
    }

    public ExtentId ExtentId() => Devices.Extents.ExtentId.Read(Take(Devices.Extents.ExtentId.SizeBytes));

    public BlockVersion Version() => new(U64(), U64());

    public DeviceUsage Usage() => new(I64(), I64(), I64(), I64(), I64(), I64());

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new FrameException("A body is shorter than what it says.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>A count of entries of a fixed length that fill the rest.</summary>
    public readonly int Entries(int sizeBytes) => _rest.Length % sizeBytes == 0
        ? _rest.Length / sizeBytes
        : throw new FrameException("A list does not end with an entry.");

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new FrameException("A body is longer than what it says.");
        }
    }
}
