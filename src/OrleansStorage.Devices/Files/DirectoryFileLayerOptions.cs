namespace OrleansStorage.Devices.Files;

/// <summary>How <see cref="DirectoryFileLayer"/> uses threads.</summary>
public sealed class DirectoryFileLayerOptions
{
    /// <summary>
    /// Threads that write and sync commits, 1 or more. A second one copies the next commit into the page cache while the
    /// first one waits for the medium; more bring nothing, because syncs take turns.
    /// </summary>
    public int CommitThreads { get; set; } = 2;

    /// <summary>Most threads for reads that are not in the page cache and for housekeeping, 1 or more.</summary>
    public int WorkerThreads { get; set; } = 4;
}
