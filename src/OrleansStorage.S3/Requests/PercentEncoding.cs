using System.Buffers;
using System.Text;

namespace OrleansStorage.S3.Requests;

/// <summary>Percent-encoding as Signature V4 and S3 use it: RFC 3986 unreserved characters stay, upper-case hex.</summary>
internal static class PercentEncoding
{
    private const string UnreservedCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private static readonly SearchValues<char> Unreserved = SearchValues.Create(UnreservedCharacters);
    private static readonly SearchValues<char> UnreservedOrSlash = SearchValues.Create(UnreservedCharacters + "/");
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether encoding would leave the text as it is.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text, bool keepSlash) =>
        !text.ContainsAnyExcept(keepSlash ? UnreservedOrSlash : Unreserved);

    /// <summary>The encoded text.</summary>
    /// <param name="text">Valid Unicode.</param>
    /// <param name="keepSlash">Leave '/' as it is.</param>
    public static string Encode(string text, bool keepSlash)
    {
        if (IsPlain(text, keepSlash))
        {
            return text;
        }

        var builder = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && IsUnreserved((char)rune.Value, keepSlash))
            {
                builder.Append((char)rune.Value);
                continue;
            }

            var count = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < count; i++)
            {
                builder.Append('%').Append(HexDigit(utf8[i] >> 4)).Append(HexDigit(utf8[i] & 15));
            }
        }

        return builder.ToString();
    }

    /// <summary>Decodes; the result is valid Unicode.</summary>
    /// <param name="text">Encoded text.</param>
    /// <param name="plusIsSpace">As in a query; in a path a plus is a plus.</param>
    /// <param name="decoded">The text; empty when the result is <see langword="false"/>.</param>
    /// <returns><see langword="false"/> for a broken escape, or bytes that are not UTF-8.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, bool plusIsSpace, out string decoded)
    {
        if (!text.ContainsAny('%', '+') && System.Text.Ascii.IsValid(text))
        {
            decoded = text.ToString();
            return true;
        }

        decoded = "";
        var buffer = ArrayPool<byte>.Shared.Rent(text.Length * 3);
        try
        {
            if (!TryDecodeBytes(text, plusIsSpace, buffer, out var count))
            {
                return false;
            }

            decoded = StrictUtf8.GetString(buffer, 0, count);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryDecodeBytes(ReadOnlySpan<char> text, bool plusIsSpace, Span<byte> destination, out int count)
    {
        count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return false;
                }

                destination[count++] = (byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]));
                i += 2;
            }
            else if (char.IsAscii(c))
            {
                destination[count++] = c == '+' && plusIsSpace ? (byte)' ' : (byte)c;
            }
            else
            {
                if (Rune.DecodeFromUtf16(text[i..], out var rune, out var consumed) != OperationStatus.Done)
                {
                    return false;
                }

                count += rune.EncodeToUtf8(destination[count..]);
                i += consumed - 1;
            }
        }

        return true;
    }

    private static bool IsUnreserved(char c, bool keepSlash) =>
        char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' || (keepSlash && c == '/');

    private static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'A' + value - 10);

    private static int HexValue(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}
