using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Devices.Fragments;

/// <summary>The name of a fragment; ordered by blob, then number.</summary>
/// <param name="Blob">The blob that it is a piece of.</param>
/// <param name="Number">Its place in the stripe, from 0.</param>
public readonly record struct FragmentId(BlobId Blob, byte Number) : IComparable<FragmentId>
{
    /// <summary>Largest fragment, in bytes: 16 MiB.</summary>
    public const int SizeMaxBytes = 16 << 20;

    /// <inheritdoc/>
    public int CompareTo(FragmentId other)
    {
        var byBlob = Blob.CompareTo(other.Blob);
        return byBlob != 0 ? byBlob : Number.CompareTo(other.Number);
    }

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(FragmentId left, FragmentId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(FragmentId left, FragmentId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/> or equals it.</summary>
    public static bool operator <=(FragmentId left, FragmentId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/> or equals it.</summary>
    public static bool operator >=(FragmentId left, FragmentId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Blob}.{Number}";
}
