using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Buckets;

/// <summary>Which parts of an upload become the object, and which are dropped. Pure.</summary>
/// <param name="SizeBytes">Length of the object.</param>
/// <param name="Dropped">Stored parts that the completion did not name.</param>
internal sealed record PartSelection(long SizeBytes, IReadOnlyList<PartKey> Dropped)
{
    /// <summary>Matches the named parts with the stored ones.</summary>
    /// <param name="named">Ascending numbers.</param>
    /// <param name="stored">Ascending numbers.</param>
    /// <returns>
    /// <see langword="null"/> when none is named, the order is not ascending, or a named part is not stored with its ETag.
    /// </returns>
    public static PartSelection? Choose(IReadOnlyList<NamedPart> named, IReadOnlyList<PartListingRow> stored)
    {
        var dropped = new List<PartKey>();
        long size = 0;
        var next = 0;
        foreach (var part in stored)
        {
            if (next < named.Count && named[next].Number == part.Key.Number)
            {
                if (named[next].ETag != part.ETag)
                {
                    return null;
                }

                size += part.SizeBytes;
                next++;
            }
            else
            {
                dropped.Add(part.Key);
            }
        }

        // A number that is missing, or out of order, was never met.
        return next == named.Count && next > 0 ? new PartSelection(size, dropped) : null;
    }
}
