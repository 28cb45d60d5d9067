namespace OrleansStorage.Metadata.Tables;

/// <summary>Every table and view of the metadata store.</summary>
public static class Schema
{
    /// <summary>Buckets by name.</summary>
    public static BucketsTable Buckets { get; } = new();

    /// <summary>Buckets by id.</summary>
    public static BucketIdsTable BucketIds { get; } = new();

    /// <summary>Objects.</summary>
    public static ObjectsTable Objects { get; } = new();

    /// <summary>Objects, as a listing shows them.</summary>
    public static ObjectListingView ObjectListing { get; } = new();

    /// <summary>Unfinished uploads.</summary>
    public static UploadsTable Uploads { get; } = new();

    /// <summary>Parts.</summary>
    public static PartsTable Parts { get; } = new();

    /// <summary>Parts, as a listing shows them.</summary>
    public static PartListingView PartListing { get; } = new();

    /// <summary>Data to be erased.</summary>
    public static GarbageTable Garbage { get; } = new();

    /// <summary>Epochs.</summary>
    public static OwnersTable Owners { get; } = new();

    /// <summary>Silo processes.</summary>
    public static SilosTable Silos { get; } = new();

    /// <summary>Ownerships that were taken from a silo.</summary>
    public static TakeoversTable Takeovers { get; } = new();

    /// <summary>Pools.</summary>
    public static PoolsTable Pools { get; } = new();

    /// <summary>Stripe groups.</summary>
    public static StripeGroupsTable StripeGroups { get; } = new();

    /// <summary>Devices.</summary>
    public static DevicesTable Devices { get; } = new();

    /// <summary>Every table, without the views.</summary>
    public static IReadOnlyList<Table> Tables { get; } =
    [
        Buckets,
        BucketIds,
        Objects,
        Uploads,
        Parts,
        Garbage,
        Owners,
        Silos,
        Takeovers,
        Pools,
        StripeGroups,
        Devices,
    ];
}
