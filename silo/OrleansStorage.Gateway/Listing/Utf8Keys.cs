namespace OrleansStorage.Gateway.Listing;

/// <summary>Order of keys as bytes of UTF-8. Pure.</summary>
internal static class Utf8Keys
{
    /// <summary>The least byte sequence that is greater than everything that begins with <paramref name="prefix"/>.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static byte[]? Successor(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.Length;
        while (length > 0 && prefix[length - 1] == 0xFF)
        {
            length--;
        }

        if (length == 0)
        {
            return null;
        }

        var successor = prefix[..length].ToArray();
        successor[^1]++;
        return successor;
    }

    /// <summary>
    /// The common prefix that a key is rolled up to: up to and with the first delimiter behind the prefix.
    /// </summary>
    /// <returns>Its length, or 0 when the key is not rolled up.</returns>
    public static int RollupLength(ReadOnlySpan<byte> key, int prefixLength, ReadOnlySpan<byte> delimiter)
    {
        if (delimiter.IsEmpty)
        {
            return 0;
        }

        var index = key[prefixLength..].IndexOf(delimiter);
        return index < 0 ? 0 : prefixLength + index + delimiter.Length;
    }
}
