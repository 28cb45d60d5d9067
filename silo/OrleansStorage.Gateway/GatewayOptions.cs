namespace OrleansStorage.Gateway;

/// <summary>How a silo carries bodies between a front end and the pool, and how it sweeps.</summary>
public sealed class GatewayOptions
{
    /// <summary>Size of the blobs of an object, in bytes; 64 KiB to 16 MiB. Default 4 MiB.</summary>
    public int BlobSizeBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Bytes that bodies on their way in may occupy together; more bodies wait for room. A body of up to 64 KiB does not
    /// count. At least twice <see cref="BlobSizeBytes"/>. Default 192 MiB.
    /// </summary>
    public long BodyBytesMax { get; set; } = 192L << 20;

    /// <summary>Bytes that a read brings from the pool at once. Default 256 KiB.</summary>
    public int ReadSizeBytes { get; set; } = 256 << 10;

    /// <summary>How long a bucket's existence and owner may be remembered without asking. Default 5 s.</summary>
    public TimeSpan BucketCacheAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long data that nothing names any more is kept for readers in other processes. Default 5 minutes.</summary>
    public TimeSpan GarbageGrace { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the sweeper erases garbage. Default 15 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the sweeper looks for blobs that no metadata names. Default 6 h; also at every start.</summary>
    public TimeSpan OrphanSweepInterval { get; set; } = TimeSpan.FromHours(6);
}
