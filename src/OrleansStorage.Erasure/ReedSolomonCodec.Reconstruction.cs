using OrleansStorage.Erasure.Plans;

namespace OrleansStorage.Erasure;

/// <content>Making fragments of others.</content>
public sealed unsafe partial class ReedSolomonCodec
{
    /// <summary>Computes fragments, data or parity, from any n others: whole, or the same byte range of each.</summary>
    /// <param name="sourceNumbers">Which fragments are there: n or more, in any order. The n smallest numbers are used.</param>
    /// <param name="sources">Those fragments, in the same order; or one byte range of each.</param>
    /// <param name="wantedNumbers">Which fragments to compute, in any order; 0 or more.</param>
    /// <param name="wanted">Where to, in the same order; the same byte range of each. Overwritten.</param>
    /// <exception cref="TooManyFragmentsMissingException">There are fewer than n sources.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such fragment.</exception>
    /// <exception cref="ArgumentException">
    /// A number appears twice, the lists do not belong to each other, lengths differ, or an overlap.
    /// </exception>
    public void Reconstruct(
        ReadOnlySpan<int> sourceNumbers, ReadOnlySpan<ReadOnlyMemory<byte>> sources,
        ReadOnlySpan<int> wantedNumbers, ReadOnlySpan<Memory<byte>> wanted)
    {
        RequirePairs(sourceNumbers.Length, sources.Length);
        RequirePairs(wantedNumbers.Length, wanted.Length);
        var available = AddAll(default, sourceNumbers);
        var wantedSet = AddAll(available, wantedNumbers).Except(available);
        var targets = Pinning.AsReadOnly(wanted);
        var length = CommonLength(sources, targets);
        var used = Choose(available);
        if (wanted.Length == 0)
        {
            return;
        }

        Span<int> sourceSlots = stackalloc int[FragmentCountMax];
        Span<int> targetSlots = stackalloc int[FragmentCountMax];
        FillSlots(sourceSlots, sourceNumbers, used);
        FillSlots(targetSlots, wantedNumbers, wantedSet);
        var action = new ApplyAction(_plans.Get(used, wantedSet), DataCount, wanted.Length, length);
        Pinning.Run(sources, sourceSlots, targets, targetSlots, ref action);
    }

    /// <summary>Computes the missing ones among all n + m fragments, which lie one after the other.</summary>
    /// <param name="fragments">All fragments in order, of one length. The missing ones are overwritten.</param>
    /// <param name="missing">Numbers of the missing fragments, data or parity, in any order; 0 to m.</param>
    /// <exception cref="TooManyFragmentsMissingException">More than m are missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such fragment.</exception>
    /// <exception cref="ArgumentException">
    /// A number appears twice, or the length is no multiple of the number of fragments.
    /// </exception>
    public void Reconstruct(Span<byte> fragments, ReadOnlySpan<int> missing)
    {
        var (length, rest) = Math.DivRem(fragments.Length, FragmentCount);
        if (rest != 0)
        {
            throw new ArgumentException($"{fragments.Length} bytes are not {FragmentCount} fragments of one length.");
        }

        var wanted = AddAll(default, missing);
        var used = Choose(FragmentSet.Below(FragmentCount).Except(wanted));
        if (missing.Length == 0)
        {
            return;
        }

        fixed (byte* start = fragments)
        {
            var sources = stackalloc byte*[FragmentCount];
            Gather(start, length, used, sources);
            Gather(start, length, wanted, sources + DataCount);
            _plans.Get(used, wanted).Apply(sources, DataCount, sources + DataCount, 0, (nuint)length);
        }
    }

    private static void RequirePairs(int numbers, int fragments)
    {
        if (numbers != fragments)
        {
            throw new ArgumentException($"{numbers} fragment numbers were given for {fragments} fragments.");
        }
    }

    private static void FillSlots(Span<int> slots, ReadOnlySpan<int> numbers, FragmentSet set)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            slots[i] = set.Contains(numbers[i]) ? set.Rank(numbers[i]) : -1;
        }
    }

    private static void Gather(byte* start, int length, FragmentSet set, byte** pointers)
    {
        for (var i = 0; set != default; i++)
        {
            pointers[i] = start + ((nuint)set.First() * (nuint)length);
            set = set.WithoutFirst();
        }
    }

    private FragmentSet Choose(FragmentSet available)
    {
        var count = available.Count;
        return count >= DataCount
            ? available.Smallest(DataCount)
            : throw new TooManyFragmentsMissingException(count, DataCount);
    }

    private FragmentSet AddAll(FragmentSet set, ReadOnlySpan<int> numbers)
    {
        foreach (var number in numbers)
        {
            if (number < 0 || number >= FragmentCount)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(numbers), $"There is no fragment {number} among {FragmentCount}.");
            }

            if (set.Contains(number))
            {
                throw new ArgumentException($"Fragment {number} appears twice.");
            }

            set = set.With(number);
        }

        return set;
    }
}
