using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OrleansStorage.Pools;

/// <summary>
/// What a pool promises to survive: <c>mirror:K</c> (K copies) or <c>rs:N+M</c> (N data and M parity fragments).
/// </summary>
public readonly record struct PoolProtection : IParsable<PoolProtection>
{
    /// <summary>Most copies of a mirror.</summary>
    public const int CopiesMax = 16;

    /// <summary>Most data fragments. More save little space, and every one is a device to read from and to wait for.</summary>
    public const int DataFragmentsMax = 32;

    /// <summary>Most parity fragments.</summary>
    public const int ParityFragmentsMax = 16;

    // So that the default is one copy, and no value is impossible.
    private readonly int _moreData;

    private PoolProtection(int dataFragments, int lossesMax)
    {
        _moreData = dataFragments - 1;
        LossesMax = lossesMax;
    }

    /// <summary>Data fragments of a striped blob; 1 for a mirror.</summary>
    public int DataFragments => _moreData + 1;

    /// <summary>Devices of a group that may be gone without loss.</summary>
    public int LossesMax { get; }

    /// <summary>Devices of a group, and fault domains that the pool needs at least.</summary>
    public int Slots => DataFragments + LossesMax;

    /// <summary>Whether it is copies.</summary>
    public bool IsMirror => _moreData == 0;

    /// <summary>Bytes stored for each byte of a large blob: 3 for <c>mirror:3</c>, 1.5 for <c>rs:4+2</c>.</summary>
    public double Overhead => (double)Slots / DataFragments;

    /// <summary>Copies.</summary>
    /// <param name="copies">1 to <see cref="CopiesMax"/>.</param>
    public static PoolProtection Mirror(int copies)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copies, CopiesMax);
        return new PoolProtection(1, copies - 1);
    }

    /// <summary>Reed-Solomon fragments.</summary>
    /// <param name="dataFragments">2 to <see cref="DataFragmentsMax"/>.</param>
    /// <param name="parityFragments">1 to <see cref="ParityFragmentsMax"/>.</param>
    public static PoolProtection ReedSolomon(int dataFragments, int parityFragments)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dataFragments, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataFragments, DataFragmentsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(parityFragments, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parityFragments, ParityFragmentsMax);
        return new PoolProtection(dataFragments, parityFragments);
    }

    /// <summary>Reads <c>mirror:3</c> or <c>rs:4+2</c>, in lower case and without blanks.</summary>
    /// <exception cref="FormatException">It is neither; the message says what is wrong.</exception>
    public static PoolProtection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out var protection) is { } problem
            ? throw new FormatException($"'{text}' is no protection: {problem}")
            : protection;
    }

    /// <inheritdoc/>
    static PoolProtection IParsable<PoolProtection>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc cref="TryParse(string?, out PoolProtection)"/>
    static bool IParsable<PoolProtection>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, out PoolProtection result) => TryParse(s, out result);

    /// <summary>Reads a protection, and says whether it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PoolProtection protection)
    {
        protection = default;
        return text is not null && Read(text, out protection) is null;
    }

    /// <summary>Makes the protection that reads and writes the blobs of a pool. Pools of other devices need one of their own.</summary>
    /// <param name="members">The devices of the pool.</param>
    /// <param name="options">How it reads.</param>
    public IBlobProtection CreateProtection(PoolMembers members, ProtectionOptions options) => IsMirror
        ? new MirrorProtection(Slots, members, options)
        : new ReedSolomonProtection(DataFragments, LossesMax, members, options);

    /// <summary>As <see cref="Parse(string)"/> reads it.</summary>
    public override string ToString() => IsMirror
        ? string.Create(CultureInfo.InvariantCulture, $"mirror:{Slots}")
        : string.Create(CultureInfo.InvariantCulture, $"rs:{DataFragments}+{LossesMax}");

    /// <returns>What is wrong; null when nothing is.</returns>
    private static string? Read(string text, out PoolProtection protection)
    {
        protection = default;
        if (text.StartsWith("mirror:", StringComparison.Ordinal))
        {
            if (!TryNumber(text["mirror:".Length..], 1, CopiesMax, out var copies))
            {
                return $"the number of copies in mirror:K is 1 to {CopiesMax}.";
            }

            protection = Mirror(copies);
            return null;
        }

        if (!text.StartsWith("rs:", StringComparison.Ordinal))
        {
            return "write mirror:K for K copies or rs:N+M for N data and M parity fragments.";
        }

        var counts = text["rs:".Length..].Split('+');
        if (counts.Length != 2)
        {
            return "write rs:N+M, as in rs:4+2.";
        }

        if (!TryNumber(counts[0], 2, DataFragmentsMax, out var data))
        {
            return $"the number of data fragments N in rs:N+M is 2 to {DataFragmentsMax}.";
        }

        if (!TryNumber(counts[1], 1, ParityFragmentsMax, out var parity))
        {
            return $"the number of parity fragments M in rs:N+M is 1 to {ParityFragmentsMax}.";
        }

        protection = ReedSolomon(data, parity);
        return null;
    }

    // Digits only, and no leading zero: a protection is written in one way.
    private static bool TryNumber(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && text[0] != '0' && number >= min && number <= max;
}
