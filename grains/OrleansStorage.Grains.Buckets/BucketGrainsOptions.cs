namespace OrleansStorage.Grains.Buckets;

/// <summary>Limits of the grains of one bucket.</summary>
public sealed class BucketGrainsOptions
{
    /// <summary>Most objects that one partition of an index keeps in memory; about 400 bytes each. Default 8192.</summary>
    public int CachedEntriesMax { get; set; } = 8192;

    /// <summary>Most changes of one key that may wait for their turn; more are refused. Default 256.</summary>
    public int WaitersPerKeyMax { get; set; } = 256;

    /// <summary>Unfinished uploads that the deletion of a bucket aborts in one transaction. Default 200.</summary>
    public int UploadsPerTransactionMax { get; set; } = 200;
}
