using OrleansStorage.Erasure.Plans;

namespace OrleansStorage.Erasure;

/// <content>Making, changing and checking parity.</content>
public sealed unsafe partial class ReedSolomonCodec
{
    /// <summary>Computes all parity fragments of data fragments that lie one after the other.</summary>
    /// <param name="data">
    /// The data fragments in order: fragment i starts at i times the fragment length. It may end early: what is missing to n
    /// fragments counts as zeros. So this may be a blob as it is, with <see cref="FragmentLayout.FragmentLength"/>.
    /// </param>
    /// <param name="parity">All m parity fragments in order; its length is m times the fragment length. Overwritten.</param>
    /// <exception cref="ArgumentException">
    /// The length of <paramref name="parity"/> is no multiple of m, or <paramref name="data"/> is longer than n fragments of
    /// that length, or they overlap.
    /// </exception>
    public void Encode(ReadOnlySpan<byte> data, Span<byte> parity)
    {
        var length = FragmentLength(data.Length, parity.Length);
        if (data.Overlaps(parity))
        {
            throw new ArgumentException("The parity fragments overlap the data fragments.");
        }

        fixed (byte* source = data, target = parity)
        {
            var sources = stackalloc byte*[DataCount];
            var targets = stackalloc byte*[ParityCount];
            Divide(source, sources, DataCount, length);
            Divide(target, targets, ParityCount, length);
            var (whole, partial) = Columns(data.Length, length);
            _encode?.Apply(sources, whole + 1, targets, 0, partial);
            _encode?.Apply(sources, whole, targets, partial, (nuint)length);
        }
    }

    /// <summary>Computes all parity fragments.</summary>
    /// <param name="data">The n data fragments in order.</param>
    /// <param name="parity">The m parity fragments in order. Overwritten.</param>
    /// <exception cref="ArgumentException">A wrong number of fragments, different lengths, or an overlap.</exception>
    public void Encode(ReadOnlySpan<ReadOnlyMemory<byte>> data, ReadOnlySpan<Memory<byte>> parity)
    {
        RequireCount(data.Length, DataCount, "data");
        RequireCount(parity.Length, ParityCount, "parity");
        var targets = Pinning.AsReadOnly(parity);
        var action = new ApplyAction(_encode, DataCount, ParityCount, CommonLength(data, targets));
        Pinning.Run(data, Numbers, targets, Numbers, ref action);
    }

    /// <summary>Tells whether parity fragments are those of the data, by computing them again.</summary>
    /// <param name="data">As for <see cref="Encode(ReadOnlySpan{byte}, Span{byte})"/>.</param>
    /// <param name="parity">All m parity fragments in order.</param>
    /// <returns>False when any byte of any fragment is not what was encoded; which one it is, this cannot tell.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit, as for <see cref="Encode(ReadOnlySpan{byte}, Span{byte})"/>.</exception>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> parity)
    {
        var length = FragmentLength(data.Length, parity.Length);
        fixed (byte* source = data, target = parity)
        {
            var sources = stackalloc byte*[DataCount];
            var targets = stackalloc byte*[ParityCount];
            Divide(source, sources, DataCount, length);
            Divide(target, targets, ParityCount, length);
            var (whole, partial) = Columns(data.Length, length);
            return _encode is null
                || (_encode.Matches(sources, whole + 1, targets, 0, partial)
                    && _encode.Matches(sources, whole, targets, partial, (nuint)length));
        }
    }

    /// <summary>Tells whether parity fragments are those of the data, by computing them again.</summary>
    /// <param name="data">The n data fragments in order.</param>
    /// <param name="parity">The m parity fragments in order.</param>
    /// <returns>False when any byte of any fragment is not what was encoded; which one it is, this cannot tell.</returns>
    /// <exception cref="ArgumentException">A wrong number of fragments, or different lengths.</exception>
    public bool Verify(ReadOnlySpan<ReadOnlyMemory<byte>> data, ReadOnlySpan<ReadOnlyMemory<byte>> parity)
    {
        RequireCount(data.Length, DataCount, "data");
        RequireCount(parity.Length, ParityCount, "parity");
        var action = new MatchAction(_encode, DataCount, CommonLength(data, parity));
        Pinning.Run(data, Numbers, parity, Numbers, ref action);
        return action.IsMatch;
    }

    /// <summary>Brings all parity fragments up to date when one data fragment changed, without the other data fragments.</summary>
    /// <param name="dataFragment">Number of the data fragment.</param>
    /// <param name="before">What it was when the parity was computed; or a byte range of it.</param>
    /// <param name="after">What it is now; the same range.</param>
    /// <param name="parity">The m parity fragments in order; the same range. Overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such data fragment.</exception>
    /// <exception cref="ArgumentException">A wrong number of fragments, different lengths, or an overlap.</exception>
    public void UpdateParity(
        int dataFragment, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, ReadOnlySpan<Memory<byte>> parity)
    {
        RequireDataFragment(dataFragment, before.Length, after.Length);
        RequireCount(parity.Length, ParityCount, "parity");
        var targets = Pinning.AsReadOnly(parity);
        RequireLength(targets, before.Length);
        fixed (byte* earlier = before, later = after)
        {
            var action = new UpdateAction(_encode, ParityCount, dataFragment, earlier, later, before.Length);
            Pinning.Run([], [], targets, Numbers, ref action);
        }
    }

    /// <summary>Brings all parity fragments up to date when one data fragment changed, without the other data fragments.</summary>
    /// <param name="dataFragment">Number of the data fragment.</param>
    /// <param name="before">What it was when the parity was computed; or a byte range of it.</param>
    /// <param name="after">What it is now; the same range.</param>
    /// <param name="parity">The same range of all m parity fragments, one after the other. Overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such data fragment.</exception>
    /// <exception cref="ArgumentException">Lengths that do not fit, or an overlap.</exception>
    public void UpdateParity(int dataFragment, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, Span<byte> parity)
    {
        RequireDataFragment(dataFragment, before.Length, after.Length);
        if (parity.Length != (long)before.Length * ParityCount)
        {
            throw new ArgumentException(
                $"{parity.Length} bytes of parity are not {ParityCount} fragments of {before.Length} bytes.");
        }

        fixed (byte* earlier = before, later = after, target = parity)
        {
            var targets = stackalloc byte*[ParityCount];
            Divide(target, targets, ParityCount, before.Length);
            new UpdateAction(_encode, ParityCount, dataFragment, earlier, later, before.Length).Run(null, targets);
        }
    }

    private static void Divide(byte* start, byte** fragments, int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            fragments[i] = start + ((nuint)i * (nuint)length);
        }
    }

    /// <summary>How many data fragments are whole, and how much there is of the next one.</summary>
    private static (int Whole, nuint Partial) Columns(int dataLength, int fragmentLength)
    {
        var (whole, rest) = fragmentLength > 0 ? Math.DivRem(dataLength, fragmentLength) : (0, 0);
        return (whole, (nuint)rest);
    }

    private int FragmentLength(int dataLength, int parityLength)
    {
        if (ParityCount == 0)
        {
            return parityLength == 0 ? 0 : throw new ArgumentException("This code has no parity fragments, and some were given.");
        }

        var (length, rest) = Math.DivRem(parityLength, ParityCount);
        if (rest != 0)
        {
            throw new ArgumentException($"{parityLength} bytes of parity are not {ParityCount} fragments of one length.");
        }

        return dataLength <= (long)length * DataCount
            ? length
            : throw new ArgumentException($"{dataLength} bytes of data are more than {DataCount} fragments of {length} bytes.");
    }

    private void RequireDataFragment(int number, int lengthBefore, int lengthAfter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number, "dataFragment");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, DataCount, "dataFragment");
        if (lengthBefore != lengthAfter)
        {
            throw new ArgumentException($"The data fragment had {lengthBefore} bytes and has {lengthAfter} now.");
        }
    }

    private readonly struct ApplyAction(CodingPlan? plan, int sourceCount, int targetCount, int length) : IPinnedAction
    {
        public void Run(byte** sources, byte** targets)
        {
            Pinning.RequireDisjoint(sources, sourceCount, targets, targetCount, (nuint)length);
            plan?.Apply(sources, sourceCount, targets, 0, (nuint)length);
        }
    }

    private struct MatchAction(CodingPlan? plan, int sourceCount, int length) : IPinnedAction
    {
        public bool IsMatch { get; private set; }

        public void Run(byte** sources, byte** targets) =>
            IsMatch = plan is null || plan.Matches(sources, sourceCount, targets, 0, (nuint)length);
    }

    private readonly struct UpdateAction(
        CodingPlan? plan, int targetCount, int source, byte* before, byte* after, int length) : IPinnedAction
    {
        public void Run(byte** sources, byte** targets)
        {
            var contents = stackalloc byte*[] { before, after };
            Pinning.RequireDisjoint(contents, 2, targets, targetCount, (nuint)length);
            plan?.Update(source, before, after, targets, (nuint)length);
        }
    }
}
