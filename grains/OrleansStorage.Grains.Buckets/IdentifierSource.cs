using System.Globalization;

namespace OrleansStorage.Grains.Buckets;

/// <summary>Makes identifiers that no other process makes: its incarnation and a counter. Thread safe.</summary>
/// <param name="incarnation">Incarnation of this silo process, less than 2^31.</param>
public sealed class IdentifierSource(uint incarnation)
{
    private long _last;

    /// <summary>A positive number that was not given out before; counters above 2^31 wrap into reuse.</summary>
    public long NextInt64() => ((long)incarnation << 31) | (Interlocked.Increment(ref _last) & int.MaxValue);

    /// <summary>24 hexadecimal digits that were not given out before.</summary>
    public string NextToken() =>
        string.Create(CultureInfo.InvariantCulture, $"{incarnation:x8}{Interlocked.Increment(ref _last):x16}");
}
