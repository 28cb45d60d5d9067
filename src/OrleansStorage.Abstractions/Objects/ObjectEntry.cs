namespace OrleansStorage.Abstractions.Objects;

/// <summary>A checksum as the front end stored it; the grains never interpret it.</summary>
/// <param name="Algorithm">The front end's number for the algorithm.</param>
/// <param name="Type">The front end's number for what it covers.</param>
/// <param name="Value">Base64.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.ChecksumEntry")]
public sealed record ChecksumEntry(
    [property: Id(0)] long Algorithm, [property: Id(1)] long Type, [property: Id(2)] string Value);

/// <summary>The current version of an object.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.ObjectEntry")]
public sealed record ObjectEntry
{
    /// <summary>Length of the data, in bytes.</summary>
    [Id(0)]
    public required long SizeBytes { get; init; }

    /// <summary>Without quotes.</summary>
    [Id(1)]
    public required string ETag { get; init; }

    /// <summary>Unix time of the commit, in milliseconds.</summary>
    [Id(2)]
    public required long ModifiedMs { get; init; }

    /// <summary>Canonical id of the writer.</summary>
    [Id(3)]
    public required string OwnerId { get; init; }

    /// <summary>The stored checksum, if any.</summary>
    [Id(4)]
    public ChecksumEntry? Checksum { get; init; }

    /// <summary>The upload whose parts hold the data; null when <see cref="Recipe"/> does.</summary>
    [Id(5)]
    public string? UploadId { get; init; }

    /// <summary>Number of parts; null when not uploaded in parts.</summary>
    [Id(6)]
    public int? PartsCount { get; init; }

    /// <summary>Encoded headers; null for none. Never changed.</summary>
    [Id(7)]
    public byte[]? Headers { get; init; }

    /// <summary>Encoded list of blobs; null when empty or in parts. Never changed.</summary>
    [Id(8)]
    public byte[]? Recipe { get; init; }
}
