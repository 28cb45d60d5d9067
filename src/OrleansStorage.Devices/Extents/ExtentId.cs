using System.Buffers.Binary;
using System.Globalization;

namespace OrleansStorage.Devices.Extents;

/// <summary>The name of an extent: 128 bits, ordered, encoded big-endian so that encoded ids sort alike.</summary>
/// <param name="High">The first 64 bits.</param>
/// <param name="Low">The last 64 bits.</param>
public readonly record struct ExtentId(ulong High, ulong Low) : IComparable<ExtentId>
{
    /// <summary>Length of the encoded form, in bytes.</summary>
    public const int SizeBytes = 16;

    /// <summary>Decodes an id.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/> bytes.</param>
    public static ExtentId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>Encodes this id.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> bytes.</param>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <inheritdoc/>
    public int CompareTo(ExtentId other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(ExtentId left, ExtentId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(ExtentId left, ExtentId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/> or equals it.</summary>
    public static bool operator <=(ExtentId left, ExtentId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/> or equals it.</summary>
    public static bool operator >=(ExtentId left, ExtentId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}
