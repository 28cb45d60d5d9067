namespace OrleansStorage.Pools.Striping;

/// <summary>Memory that begins at a page, so that devices can write it past the page cache without a copy. Has one user at a time.</summary>
internal sealed class PageBuffer
{
    private const int PageBytes = 4096;

    private readonly byte[] _array;
    private readonly int _start;

    public unsafe PageBuffer(int sizeBytes)
    {
        SizeBytes = sizeBytes;
        _array = GC.AllocateUninitializedArray<byte>(sizeBytes + PageBytes, pinned: true);
        fixed (byte* first = _array)
        {
            _start = (int)((PageBytes - ((nuint)first % PageBytes)) % PageBytes);
        }
    }

    public int SizeBytes { get; }

    /// <summary>Whether somebody uses it. Guarded by its pool.</summary>
    public bool IsRented { get; set; }

    /// <summary>Its first bytes.</summary>
    public Memory<byte> Take(int bytes) => _array.AsMemory(_start, bytes);
}
