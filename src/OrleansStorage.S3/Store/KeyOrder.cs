namespace OrleansStorage.S3.Store;

/// <summary>The order of keys: that of their UTF-8 bytes.</summary>
/// <remarks>
/// UTF-16 sorts the same way but for surrogates, which stand for the greatest code points and yet are less than
/// U+E000 to U+FFFF.
/// </remarks>
public sealed class KeyOrder : IComparer<string>
{
    private KeyOrder()
    {
    }

    /// <summary>The only one.</summary>
    public static KeyOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        var common = x.AsSpan().CommonPrefixLength(y);
        if (common == x.Length || common == y.Length)
        {
            return x.Length - y.Length;
        }

        var a = x[common];
        var b = y[common];
        var aIsSurrogate = char.IsSurrogate(a);
        return aIsSurrogate == char.IsSurrogate(b) || Math.Min(a, b) < '\uD800' ? a - b : aIsSurrogate ? 1 : -1;
    }
}
