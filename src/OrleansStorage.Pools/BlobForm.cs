using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools;

/// <summary>How a blob lies in its stripe group, as its id says it: a reader needs no table, and asks no device.</summary>
/// <remarks>
/// In <see cref="BlobId.Sequence"/>:
/// <code>
///  63      1 = striped: fragment i in slot i;  0 = copies: the whole blob in each of several slots
///  62..44  length of a fragment in units of 64 bytes (19 bits); 0 for copies
///  43..0   number of the blob among those of its writer
/// </code>
/// </remarks>
/// <param name="FragmentBytes">Length of each fragment of a striped blob, a multiple of 64; 0 for copies.</param>
/// <param name="Number">Counts the blobs of one writer, from 1.</param>
public readonly record struct BlobForm(int FragmentBytes, ulong Number)
{
    /// <summary>Fragments of striped blobs are multiples of this, in bytes.</summary>
    public const int FragmentUnitBytes = 64;

    /// <summary>Most blobs that one writer can name.</summary>
    public const ulong NumberMax = (1UL << 44) - 1;

    private const int FragmentUnitsMax = (1 << 19) - 1;
    private const ulong StripedBit = 1UL << 63;

    /// <summary>The blob is in fragments that differ; otherwise each is a copy of it.</summary>
    public bool IsStriped => FragmentBytes > 0;

    /// <summary>What an id says.</summary>
    public static BlobForm Of(BlobId blob) => new(
        (blob.Sequence & StripedBit) == 0 ? 0 : (int)((blob.Sequence >> 44) & FragmentUnitsMax) * FragmentUnitBytes,
        blob.Sequence & NumberMax);

    /// <summary>The id of a blob of this form.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is no multiple of 64 or too long, or there are no numbers left.</exception>
    public BlobId ToId(uint group, uint writer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Number, NumberMax);
        ArgumentOutOfRangeException.ThrowIfNegative(FragmentBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(FragmentBytes % FragmentUnitBytes, 0, nameof(FragmentBytes));
        var units = FragmentBytes / FragmentUnitBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(units, FragmentUnitsMax, nameof(FragmentBytes));
        return new BlobId(group, writer, (IsStriped ? StripedBit : 0) | ((ulong)units << 44) | Number);
    }
}
