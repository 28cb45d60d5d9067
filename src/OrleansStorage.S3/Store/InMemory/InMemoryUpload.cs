namespace OrleansStorage.S3.Store.InMemory;

/// <summary>A stored part. Immutable.</summary>
internal sealed record StoredPart(PartInfo Info, InMemoryBody Body);

/// <summary>An unfinished upload. Used under the store's lock.</summary>
internal sealed class InMemoryUpload(UploadInfo info)
{
    /// <summary>The upload.</summary>
    public UploadInfo Info => info;

    /// <summary>Its parts by number.</summary>
    public SortedDictionary<int, StoredPart> Parts { get; } = [];

    /// <summary>The parts that a completion names.</summary>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.InvalidPart"/>.</exception>
    public List<StoredPart> Choose(IReadOnlyList<CompletedPart> parts)
    {
        var chosen = new List<StoredPart>(parts.Count);
        foreach (var part in parts)
        {
            chosen.Add(Parts.TryGetValue(part.Number, out var stored) && stored.Info.ETag == part.ETag
                ? stored
                : throw new ObjectStoreException(
                    ObjectStoreError.InvalidPart, $"Part {part.Number} is missing or has another ETag."));
        }

        return chosen;
    }
}
