namespace OrleansStorage.Erasure;

/// <summary>How a blob is split into n contiguous data fragments, and where a range of it lies.</summary>
/// <remarks>
/// <code>
/// blob      |........ BlobLength ........|
/// fragments |── 0 ──|── 1 ──|── 2 ──|── 3 ──|   each FragmentLength = ⌈BlobLength / n⌉, rounded up to 64 bytes
///                                    ^^^^^^^^   zeros after the end of the blob
/// </code>
/// Fragment i holds the blob from i × FragmentLength. What lies past the end of the blob counts as zeros; in a small blob
/// whole fragments do. <see cref="ReedSolomonCodec.Encode(ReadOnlySpan{byte}, Span{byte})"/> takes the blob as it is, so
/// the zeros need not exist in memory. The layout follows from the length and n alone: both are stored with the blob, and
/// this rule never changes.
/// </remarks>
public readonly record struct FragmentLayout
{
    /// <summary>Fragment lengths are multiples of this, so that vectors and cache lines come out even, in bytes.</summary>
    public const int AlignmentBytes = 64;

    /// <summary>Longest blob, in bytes.</summary>
    public const int BlobLengthMax = 1 << 30;

    /// <summary>The layout of a blob.</summary>
    /// <param name="blobLength">Length of the blob, in bytes, 0 to <see cref="BlobLengthMax"/>.</param>
    /// <param name="dataCount">n, the number of data fragments, 1 to <see cref="ReedSolomonCodec.FragmentCountMax"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside of its range.</exception>
    public FragmentLayout(int blobLength, int dataCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blobLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blobLength, BlobLengthMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dataCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataCount, ReedSolomonCodec.FragmentCountMax);
        BlobLength = blobLength;
        DataCount = dataCount;
        var share = (blobLength + dataCount - 1) / dataCount;
        FragmentLength = (share + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes;
    }

    /// <summary>Length of the blob, in bytes.</summary>
    public int BlobLength { get; }

    /// <summary>n, the number of data fragments.</summary>
    public int DataCount { get; }

    /// <summary>Length of every fragment, data and parity, in bytes; 0 for an empty blob.</summary>
    public int FragmentLength { get; }

    /// <summary>How much of a data fragment is blob, in bytes from its start; the rest is zeros.</summary>
    /// <param name="fragment">Number of the data fragment.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such data fragment.</exception>
    public int BlobBytesIn(int fragment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fragment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fragment, DataCount);
        return (int)Math.Clamp(BlobLength - ((long)fragment * FragmentLength), 0, FragmentLength);
    }

    /// <summary>Which parts of which data fragments hold a range of the blob.</summary>
    /// <param name="offset">Start of the range in the blob, in bytes.</param>
    /// <param name="length">Length of the range, in bytes, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the blob.</exception>
    public FragmentRanges Locate(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, BlobLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, BlobLength - offset);
        return new FragmentRanges(FragmentLength, offset, length);
    }
}
