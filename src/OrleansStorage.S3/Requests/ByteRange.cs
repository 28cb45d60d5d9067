using System.Globalization;

namespace OrleansStorage.S3.Requests;

/// <summary>A range of an object.</summary>
/// <remarks>Spec: RFC 9110 section 14.2. Like S3, one range only: a list of ranges is ignored.</remarks>
/// <param name="OffsetBytes">First byte.</param>
/// <param name="LengthBytes">Number of bytes.</param>
internal readonly record struct ByteRange(long OffsetBytes, long LengthBytes)
{
    private const string Unit = "bytes=";

    /// <summary>What a Range header asks for.</summary>
    /// <param name="header">The value, or <see langword="null"/>.</param>
    /// <param name="sizeBytes">Size of the object.</param>
    /// <param name="range">The range, when the result is <see cref="RangeOutcome.Satisfiable"/>.</param>
    public static RangeOutcome Resolve(string? header, long sizeBytes, out ByteRange range)
    {
        range = default;
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return RangeOutcome.None;
        }

        var spec = header.AsSpan(Unit.Length).Trim();
        var dash = spec.IndexOf('-');
        if (dash < 0 || spec.Contains(','))
        {
            return RangeOutcome.None;
        }

        return dash == 0 ? Suffix(spec[1..], sizeBytes, out range) : FromTo(spec[..dash], spec[(dash + 1)..], sizeBytes, out range);
    }

    /// <summary>Reads <c>bytes=first-last</c>, both given.</summary>
    public static bool TryParseExact(string header, out ByteRange range)
    {
        range = default;
        if (!header.StartsWith(Unit, StringComparison.Ordinal))
        {
            return false;
        }

        var spec = header.AsSpan(Unit.Length);
        var dash = spec.IndexOf('-');
        if (dash < 1 || !TryNumber(spec[..dash], out var first) || !TryNumber(spec[(dash + 1)..], out var last)
            || last < first || last == long.MaxValue)
        {
            return false;
        }

        range = new ByteRange(first, last - first + 1);
        return true;
    }

    private static RangeOutcome Suffix(ReadOnlySpan<char> text, long sizeBytes, out ByteRange range)
    {
        range = default;
        if (!TryNumber(text, out var length))
        {
            return RangeOutcome.None;
        }

        if (length == 0 || sizeBytes == 0)
        {
            return RangeOutcome.Unsatisfiable;
        }

        length = Math.Min(length, sizeBytes);
        range = new ByteRange(sizeBytes - length, length);
        return RangeOutcome.Satisfiable;
    }

    private static RangeOutcome FromTo(
        ReadOnlySpan<char> from, ReadOnlySpan<char> to, long sizeBytes, out ByteRange range)
    {
        range = default;
        var last = long.MaxValue - 1;
        if (!TryNumber(from, out var first) || (!to.IsEmpty && !TryNumber(to, out last)) || last < first)
        {
            return RangeOutcome.None;
        }

        if (first >= sizeBytes)
        {
            return RangeOutcome.Unsatisfiable;
        }

        range = new ByteRange(first, Math.Min(last, sizeBytes - 1) - first + 1);
        return RangeOutcome.Satisfiable;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

/// <summary>What became of a Range header.</summary>
internal enum RangeOutcome
{
    /// <summary>There is none, or it is to be ignored.</summary>
    None,

    /// <summary>It lies, at least in part, within the object.</summary>
    Satisfiable,

    /// <summary>It lies outside the object.</summary>
    Unsatisfiable,
}
