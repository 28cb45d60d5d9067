namespace OrleansStorage.Devices.Extents;

/// <summary>Orders the writes of one block: by the owner's epoch, then by the owner's own count.</summary>
/// <param name="Epoch">Epoch of the owner that wrote it, from 1.</param>
/// <param name="Sequence">Counts the writes of that owner.</param>
public readonly record struct BlockVersion(ulong Epoch, ulong Sequence) : IComparable<BlockVersion>
{
    /// <summary>The version of a block that was never written.</summary>
    public static BlockVersion None => default;

    /// <inheritdoc/>
    public int CompareTo(BlockVersion other)
    {
        var byEpoch = Epoch.CompareTo(other.Epoch);
        return byEpoch != 0 ? byEpoch : Sequence.CompareTo(other.Sequence);
    }

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(BlockVersion left, BlockVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(BlockVersion left, BlockVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/> or equals it.</summary>
    public static bool operator <=(BlockVersion left, BlockVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/> or equals it.</summary>
    public static bool operator >=(BlockVersion left, BlockVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"({Epoch}, {Sequence})";
}
