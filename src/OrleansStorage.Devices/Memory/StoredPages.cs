using OrleansStorage.Devices.Extents;

namespace OrleansStorage.Devices.Memory;

/// <summary>One page of stored bytes.</summary>
internal struct StoredPage
{
    public int Number;
    public int Stamp;
    public uint Crc;
}

/// <summary>Stored bytes.</summary>
internal readonly record struct StoredPages(StoredPage[] Pages, int LengthBytes);

/// <summary>A stored block.</summary>
internal readonly record struct MemoryBlock(StoredPage Page, BlockVersion Version);

/// <summary>A stored extent.</summary>
internal sealed class MemoryExtent
{
    public ulong Fence { get; set; }

    public SortedDictionary<uint, MemoryBlock> Blocks { get; } = [];
}
