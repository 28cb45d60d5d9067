using System.Globalization;

namespace OrleansStorage.S3.Requests;

/// <summary>The three forms in which S3 writes times.</summary>
internal static class AmzDate
{
    private const int BasicLength = 16;

    /// <summary>Reads <c>20130524T000000Z</c>.</summary>
    public static bool TryParseBasic(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length != BasicLength || text[8] != 'T' || text[15] != 'Z'
            || !TryNumber(text[..4], out var year) || !TryNumber(text[4..6], out var month)
            || !TryNumber(text[6..8], out var day) || !TryNumber(text[9..11], out var hour)
            || !TryNumber(text[11..13], out var minute) || !TryNumber(text[13..15], out var second))
        {
            return false;
        }

        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        time = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    /// <summary>Reads an HTTP date (RFC 9110 section 5.6.7), or <c>20130524T000000Z</c>.</summary>
    public static bool TryParseHttp(string text, out DateTimeOffset time) =>
        TryParseBasic(text, out time)
        || Microsoft.Net.Http.Headers.HeaderUtilities.TryParseDate(text, out time);

    /// <summary>Reads ISO 8601 with dashes and colons, an HTTP date, or the basic form.</summary>
    public static bool TryParseAny(string text, out DateTimeOffset time) =>
        TryParseHttp(text, out time)
        || DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>Writes <c>2013-05-24T00:00:00.000Z</c>, as the XML answers do.</summary>
    public static string ToIso(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The same instant without its fraction of a second: what HTTP dates can say.</summary>
    public static DateTimeOffset ToWholeSecond(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static bool TryNumber(ReadOnlySpan<char> digits, out int value)
    {
        value = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
