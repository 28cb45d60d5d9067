namespace OrleansStorage.S3.Store;

/// <summary>An object, without its data.</summary>
public sealed record ObjectInfo
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>Length of the data.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Hex MD5, or hex MD5 of MD5s, "-", number of parts; without quotes.</summary>
    public required string ETag { get; init; }

    /// <summary>When the write was committed, UTC, to the millisecond.</summary>
    public required DateTimeOffset LastModified { get; init; }

    /// <summary>Canonical id of who wrote it.</summary>
    public required string OwnerId { get; init; }

    /// <summary>System headers and user metadata, as they came; empty in a listing.</summary>
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;

    /// <summary>The checksum that was stored with it, if any.</summary>
    public ObjectChecksum? Checksum { get; init; }

    /// <summary>Number of parts it was uploaded in; <see langword="null"/> when not in parts.</summary>
    public int? PartsCount { get; init; }
}
