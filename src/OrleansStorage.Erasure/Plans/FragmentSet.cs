namespace OrleansStorage.Erasure.Plans;

/// <summary>A set of fragment numbers, 0 to 254. A value: two sets with the same numbers are equal.</summary>
internal readonly record struct FragmentSet(UInt128 Low, UInt128 High)
{
    private const int HalfBits = 128;

    /// <summary>How many numbers it has.</summary>
    public int Count => (int)UInt128.PopCount(Low) + (int)UInt128.PopCount(High);

    /// <summary>The numbers from 0 up to <paramref name="end"/>, exclusive.</summary>
    public static FragmentSet Below(int end) => end <= HalfBits
        ? new FragmentSet(MaskBelow(end), 0)
        : new FragmentSet(UInt128.MaxValue, MaskBelow(end - HalfBits));

    /// <summary>The set has this number.</summary>
    public bool Contains(int number) =>
        ((number < HalfBits ? Low >> number : High >> (number - HalfBits)) & UInt128.One) != UInt128.Zero;

    /// <summary>The set with one number more.</summary>
    public FragmentSet With(int number) => number < HalfBits
        ? this with { Low = Low | (UInt128.One << number) }
        : this with { High = High | (UInt128.One << (number - HalfBits)) };

    /// <summary>The numbers of this set that <paramref name="other"/> does not have.</summary>
    public FragmentSet Except(FragmentSet other) => new(Low & ~other.Low, High & ~other.High);

    /// <summary>How many numbers of this set are smaller than <paramref name="number"/>.</summary>
    public int Rank(int number)
    {
        var below = Below(number);
        return new FragmentSet(Low & below.Low, High & below.High).Count;
    }

    /// <summary>The smallest number; undefined when the set is empty.</summary>
    public int First() => Low != UInt128.Zero
        ? (int)UInt128.TrailingZeroCount(Low)
        : HalfBits + (int)UInt128.TrailingZeroCount(High);

    /// <summary>The set without its smallest number.</summary>
    public FragmentSet WithoutFirst() => Low != UInt128.Zero
        ? this with { Low = Low & (Low - UInt128.One) }
        : this with { High = High & (High - UInt128.One) };

    /// <summary>The <paramref name="count"/> smallest numbers, or all when there are fewer.</summary>
    public FragmentSet Smallest(int count)
    {
        var chosen = default(FragmentSet);
        var rest = this;
        for (; count > 0 && rest != default; count--)
        {
            chosen = chosen.With(rest.First());
            rest = rest.WithoutFirst();
        }

        return chosen;
    }

    /// <summary>The numbers in ascending order.</summary>
    public int[] ToArray()
    {
        var numbers = new int[Count];
        var rest = this;
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = rest.First();
            rest = rest.WithoutFirst();
        }

        return numbers;
    }

    private static UInt128 MaskBelow(int end) => end == HalfBits ? UInt128.MaxValue : (UInt128.One << end) - UInt128.One;
}
