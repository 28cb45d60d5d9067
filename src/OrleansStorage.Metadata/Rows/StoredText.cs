namespace OrleansStorage.Metadata.Rows;

/// <summary>Which text the stores can hold: what UTF-8 can say, without NUL, which PostgreSQL refuses.</summary>
internal static class StoredText
{
    /// <summary>Throws unless the text can be stored.</summary>
    /// <exception cref="ArgumentException">It holds NUL or half a surrogate pair.</exception>
    public static void Check(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal) || HasLoneSurrogate(value))
        {
            throw new ArgumentException("Text may hold neither NUL nor half a surrogate pair.", nameof(value));
        }
    }

    private static bool HasLoneSurrogate(string value)
    {
        var first = value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (var i = first; i >= 0 && i < value.Length; i++)
        {
            if (char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return true;
            }
        }

        return false;
    }
}
