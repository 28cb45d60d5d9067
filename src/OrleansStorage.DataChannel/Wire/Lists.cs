using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>Lists as payloads carry them: entries of a fixed length, one behind the other.</summary>
internal static class Lists
{
    public static byte[] Write(IReadOnlyList<FragmentEntry> entries)
    {
        var bytes = new byte[entries.Count * BodySizes.FragmentEntry];
        var writer = new BodyWriter(bytes);
        foreach (var entry in entries)
        {
            writer.FragmentId(entry.Id);
            writer.I32(entry.SizeBytes);
        }

        return bytes;
    }

    public static FragmentEntry[] ReadFragments(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var entries = new FragmentEntry[reader.Entries(BodySizes.FragmentEntry)];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new FragmentEntry(reader.FragmentId(), reader.I32());
        }

        return entries;
    }

    public static byte[] Write(IReadOnlyList<ExtentEntry> entries)
    {
        var bytes = new byte[entries.Count * BodySizes.ExtentEntry];
        var writer = new BodyWriter(bytes);
        foreach (var entry in entries)
        {
            writer.ExtentId(entry.Id);
            writer.U64(entry.Fence);
            writer.I32(entry.Blocks);
        }

        return bytes;
    }

    public static ExtentEntry[] ReadExtents(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var entries = new ExtentEntry[reader.Entries(BodySizes.ExtentEntry)];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new ExtentEntry(reader.ExtentId(), reader.U64(), reader.I32());
        }

        return entries;
    }

    public static byte[] Write(IReadOnlyList<BlockEntry> entries)
    {
        var bytes = new byte[entries.Count * BodySizes.BlockHead];
        var writer = new BodyWriter(bytes);
        foreach (var entry in entries)
        {
            writer.U32(entry.Number);
            writer.Version(entry.Version);
        }

        return bytes;
    }

    public static BlockEntry[] ReadBlocks(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var entries = new BlockEntry[reader.Entries(BodySizes.BlockHead)];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new BlockEntry(reader.U32(), reader.Version());
        }

        return entries;
    }

    public static byte[] Write(IReadOnlyList<FragmentId> ids)
    {
        var bytes = new byte[ids.Count * BodySizes.FragmentId];
        var writer = new BodyWriter(bytes);
        foreach (var id in ids)
        {
            writer.FragmentId(id);
        }

        return bytes;
    }

    public static FragmentId[] ReadFragmentIds(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var ids = new FragmentId[reader.Entries(BodySizes.FragmentId)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = reader.FragmentId();
        }

        return ids;
    }

    public static byte[] Write(IReadOnlyList<DeviceIdentity> identities)
    {
        var bytes = new byte[identities.Count * BodySizes.Identity];
        var writer = new BodyWriter(bytes);
        foreach (var identity in identities)
        {
            writer.Guid(identity.Id);
            writer.U8((byte)identity.Tier);
            writer.I64(identity.CapacityBytes);
        }

        return bytes;
    }

    public static DeviceIdentity[] ReadIdentities(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var identities = new DeviceIdentity[reader.Entries(BodySizes.Identity)];
        for (var i = 0; i < identities.Length; i++)
        {
            identities[i] = new DeviceIdentity(reader.Guid(), (DeviceTier)reader.U8(), reader.I64());
        }

        return identities;
    }
}
