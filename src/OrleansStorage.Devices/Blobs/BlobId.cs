using System.Buffers.Binary;
using System.Globalization;

namespace OrleansStorage.Devices.Blobs;

/// <summary>The name of a blob. It names the stripe group that holds it, so no table lists blobs.</summary>
/// <remarks>
/// Ordered by group, writer, sequence. 16 bytes, big-endian, so that encoded ids sort alike:
/// <code>
///  0  group (u32)    4  writer (u32)    8  sequence (u64)
/// </code>
/// </remarks>
/// <param name="Group">The stripe group that holds the fragments.</param>
/// <param name="Writer">Incarnation of the silo process that wrote it: never used by two processes.</param>
/// <param name="Sequence">Counts the blobs of one writer, from 1.</param>
public readonly record struct BlobId(uint Group, uint Writer, ulong Sequence) : IComparable<BlobId>
{
    /// <summary>Length of the encoded form, in bytes.</summary>
    public const int SizeBytes = 16;

    /// <summary>Decodes an id.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/> bytes.</param>
    public static BlobId Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source),
        BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>Encodes this id.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> bytes.</param>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Group);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Writer);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Sequence);
    }

    /// <inheritdoc/>
    public int CompareTo(BlobId other)
    {
        var byGroup = Group.CompareTo(other.Group);
        if (byGroup != 0)
        {
            return byGroup;
        }

        var byWriter = Writer.CompareTo(other.Writer);
        return byWriter != 0 ? byWriter : Sequence.CompareTo(other.Sequence);
    }

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/>.</summary>
    public static bool operator <(BlobId left, BlobId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(BlobId left, BlobId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> sorts before <paramref name="right"/> or equals it.</summary>
    public static bool operator <=(BlobId left, BlobId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> sorts after <paramref name="right"/> or equals it.</summary>
    public static bool operator >=(BlobId left, BlobId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Group:x}-{Writer:x}-{Sequence:x}");
}
