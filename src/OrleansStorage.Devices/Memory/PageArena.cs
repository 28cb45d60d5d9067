using System.Runtime.InteropServices;

namespace OrleansStorage.Devices.Memory;

/// <summary>A bounded number of 4 KiB pages of native memory, taken from the system as they are needed.</summary>
/// <remarks>
/// Pages are numbered from 0. Every page has a stamp that changes when it is freed: who copied a page without a lock looks at the
/// stamp before and after, and knows whether the bytes were still the ones it meant. Taking and freeing is the owner's to guard.
/// </remarks>
internal sealed unsafe class PageArena : IDisposable
{
    public const int PageBytes = 4096;

    private const int ChunkPages = 4096;

    private readonly byte*[] _chunks;
    private readonly int[] _stamps;
    private readonly Stack<int> _free = new();
    private int _made;

    public PageArena(int pages)
    {
        Pages = pages;
        _stamps = new int[pages];
        _chunks = new byte*[(pages + ChunkPages - 1) / ChunkPages];
    }

    /// <summary>Frees what its owner forgot to dispose.</summary>
    ~PageArena() => Release();

    public int Pages { get; }

    public int FreePages => _free.Count + Pages - _made;

    public int Take()
    {
        if (_free.TryPop(out var page))
        {
            return page;
        }

        if (_made % ChunkPages == 0)
        {
            _chunks[_made / ChunkPages] = (byte*)NativeMemory.AlignedAlloc(ChunkPages * (nuint)PageBytes, PageBytes);
        }

        return _made++;
    }

    public void Free(int page)
    {
        Volatile.Write(ref _stamps[page], _stamps[page] + 1);
        _free.Push(page);
    }

    public int Stamp(int page) => Volatile.Read(ref _stamps[page]);

    public Span<byte> this[int page] => new(_chunks[page / ChunkPages] + ((long)(page % ChunkPages) * PageBytes), PageBytes);

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        for (var i = 0; i < _chunks.Length; i++)
        {
            NativeMemory.AlignedFree(_chunks[i]);
            _chunks[i] = null;
        }
    }
}
