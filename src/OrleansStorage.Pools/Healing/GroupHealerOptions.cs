namespace OrleansStorage.Pools.Healing;

/// <summary>How a <see cref="GroupHealer"/> works.</summary>
public sealed class GroupHealerOptions
{
    /// <summary>Fragments that are listed with one call; at least twice the slots of a group and 2.</summary>
    public int PageSize { get; set; } = 4096;

    /// <summary>Most blobs that are looked after in one pass, the least protected; bounds memory.</summary>
    public int BlobsPerPassMax { get; set; } = 4096;

    /// <summary>Blobs of a group that are rebuilt at the same time.</summary>
    public int ParallelBlobs { get; set; } = 4;

    /// <summary>How long a device may take for one call before it is treated as away.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
