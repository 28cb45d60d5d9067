namespace OrleansStorage.Devices.Log;

/// <summary>What the index knows of one extent.</summary>
internal sealed class ExtentState
{
    private const int PageBlocks = 64;

    private BlockPlace[]?[] _pages = [];

    /// <summary>The lowest epoch it accepts, and the record that says so.</summary>
    public ulong Fence { get; set; }

    public RecordPlace FencePlace { get; set; }

    /// <summary>A fence that is on its way to the medium, or <see cref="Fence"/>.</summary>
    public ulong PendingFence { get; set; }

    /// <summary>The oldest segment that may hold a record of this extent.</summary>
    public uint Floor { get; set; } = uint.MaxValue;

    /// <summary>Number of blocks that were written.</summary>
    public int Blocks { get; private set; }

    /// <summary>Records on their way to the medium; it is not empty while there are any.</summary>
    public int InFlight { get; set; }

    /// <summary>A tombstone is on its way to the medium.</summary>
    public bool IsDeleting { get; set; }

    public bool IsVisible => Blocks > 0 || Fence > 0;

    public BlockPlace this[uint block]
    {
        get
        {
            var page = block / PageBlocks;
            return page < _pages.Length && _pages[page] is { } places ? places[block % PageBlocks] : default;
        }
    }

    public void Set(uint block, BlockPlace place)
    {
        var page = block / PageBlocks;
        if (page >= _pages.Length)
        {
            Array.Resize(ref _pages, (int)page + 1);
        }

        var places = _pages[page] ??= new BlockPlace[PageBlocks];
        Blocks += places[block % PageBlocks].IsWritten ? 0 : 1;
        places[block % PageBlocks] = place;
    }

    /// <summary>The blocks that were written, in order.</summary>
    public IEnumerable<KeyValuePair<uint, BlockPlace>> Written()
    {
        for (var page = 0; page < _pages.Length; page++)
        {
            for (var slot = 0; _pages[page] is { } places && slot < PageBlocks; slot++)
            {
                if (places[slot].IsWritten)
                {
                    yield return KeyValuePair.Create((uint)((page * PageBlocks) + slot), places[slot]);
                }
            }
        }
    }
}
