using OrleansStorage.Erasure.Kernels;
using OrleansStorage.Erasure.Plans;

namespace OrleansStorage.Erasure;

/// <summary>
/// A systematic Reed-Solomon code over GF(2^8) (polynomial 11Dh): n data fragments stay as they are, m parity fragments are
/// added, and any n of the n + m give all the others.
/// </summary>
/// <remarks>
/// <para>
/// Fragments are numbered: data 0 to n - 1, parity n to n + m - 1. The parity matrix is a Cauchy matrix, element
/// (p, j) = 1 / (p xor j), so any n fragments suffice (Blömer et al., ICSI TR-95-048, 1995). The bytes of parity are stored on
/// devices: the matrix never changes, and every processor computes the same bytes.
/// </para>
/// <para>
/// The code works on columns: byte i of any fragment depends on byte i of the others only. So every operation may be done on
/// the same byte range of all fragments: a range read of one lost fragment needs just that range of n others.
/// </para>
/// <para>
/// Fragments of one call have one length, 0 or more, at any alignment. Buffers stay the caller's; what is read is never
/// written, nothing outside of the buffers given is touched, and a buffer to be written may not overlap another one.
/// Immutable but for a bounded cache of inverted matrices; thread-safe. No call allocates, except for the first
/// reconstruction of a set of fragments from another set that is not in the cache.
/// </para>
/// </remarks>
public sealed partial class ReedSolomonCodec
{
    /// <summary>Most fragments of a blob, data and parity.</summary>
    public const int FragmentCountMax = 255;

    private const int CachedPlansMax = 64;
    private const long CachedBytesMax = 4 * 1024 * 1024;

    private static readonly int[] Numbers = [.. Enumerable.Range(0, FragmentCountMax)];

    private readonly GaloisKernel _kernel;
    private readonly PlanCache _plans;

    // Null when there is no parity.
    private readonly CodingPlan? _encode;

    /// <summary>The code of n data and m parity fragments, computed in the fastest way this processor has.</summary>
    /// <param name="dataCount">n, 1 or more.</param>
    /// <param name="parityCount">m, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is too small, or n + m is more than <see cref="FragmentCountMax"/>.
    /// </exception>
    public ReedSolomonCodec(int dataCount, int parityCount)
        : this(dataCount, parityCount, GaloisKernel.Fastest)
    {
    }

    internal ReedSolomonCodec(int dataCount, int parityCount, GaloisPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dataCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataCount, FragmentCountMax);
        ArgumentOutOfRangeException.ThrowIfNegative(parityCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parityCount, FragmentCountMax - dataCount);
        DataCount = dataCount;
        ParityCount = parityCount;
        _kernel = GaloisKernel.Create(path);
        _plans = new PlanCache(CachedPlansMax, CachedBytesMax, CreatePlan);
        if (parityCount > 0)
        {
            _encode = CreatePlan(FragmentSet.Below(dataCount), FragmentSet.Below(FragmentCount).Except(FragmentSet.Below(dataCount)));
        }
    }

    /// <summary>n, the number of data fragments.</summary>
    public int DataCount { get; }

    /// <summary>m, the number of parity fragments.</summary>
    public int ParityCount { get; }

    /// <summary>n + m.</summary>
    public int FragmentCount => DataCount + ParityCount;

    internal int CachedPlans => _plans.Count;

    private CodingPlan CreatePlan(FragmentSet sources, FragmentSet wanted) =>
        new(_kernel, DecodeMatrix.Create(DataCount, sources, wanted), wanted.Count, DataCount);

    /// <summary>The length that all fragments have.</summary>
    private static int CommonLength(ReadOnlySpan<ReadOnlyMemory<byte>> first, ReadOnlySpan<ReadOnlyMemory<byte>> second)
    {
        var length = first.Length > 0 ? first[0].Length : second.Length > 0 ? second[0].Length : 0;
        RequireLength(first, length);
        RequireLength(second, length);
        return length;
    }

    private static void RequireLength(ReadOnlySpan<ReadOnlyMemory<byte>> fragments, int length)
    {
        foreach (var fragment in fragments)
        {
            if (fragment.Length != length)
            {
                throw new ArgumentException($"Fragments of one call have one length: there are {length} and {fragment.Length} bytes.");
            }
        }
    }

    private static void RequireCount(int actual, int expected, string what)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"There are {expected} {what} fragments in this code; {actual} were given.");
        }
    }
}
