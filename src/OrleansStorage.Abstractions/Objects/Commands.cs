namespace OrleansStorage.Abstractions.Objects;

/// <summary>What must hold of the current object for a write to happen.</summary>
/// <param name="IfMatch">ETag it must have, or "*"; null for no condition.</param>
/// <param name="IfNoneMatch">ETag it must not have, or "*": there must be none; null for no condition.</param>
/// <param name="IfModifiedSecond">Unix second it must have been written in; null for no condition.</param>
/// <param name="IfSizeBytes">Size it must have; null for no condition.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.WriteGuard")]
public sealed record WriteGuard(
    [property: Id(0)] string? IfMatch,
    [property: Id(1)] string? IfNoneMatch,
    [property: Id(2)] long? IfModifiedSecond,
    [property: Id(3)] long? IfSizeBytes)
{
    /// <summary>Nothing must hold.</summary>
    public static WriteGuard None { get; } = new(null, null, null, null);
}

/// <summary>Blobs that become an object.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.PutObject")]
public sealed record PutObject
{
    /// <summary>The object's key.</summary>
    [Id(0)]
    public required string Key { get; init; }

    /// <summary>Length of the data, in bytes.</summary>
    [Id(1)]
    public required long SizeBytes { get; init; }

    /// <summary>Without quotes.</summary>
    [Id(2)]
    public required string ETag { get; init; }

    /// <summary>Canonical id of the writer.</summary>
    [Id(3)]
    public required string OwnerId { get; init; }

    /// <summary>The checksum to store, if any.</summary>
    [Id(4)]
    public ChecksumEntry? Checksum { get; init; }

    /// <summary>Encoded headers; null for none.</summary>
    [Id(5)]
    public byte[]? Headers { get; init; }

    /// <summary>Encoded list of blobs; null for an empty object.</summary>
    [Id(6)]
    public byte[]? Recipe { get; init; }

    /// <summary>What must hold of the current object.</summary>
    [Id(7)]
    public WriteGuard Guard { get; init; } = WriteGuard.None;

    /// <summary>Incarnation of the process that wrote the blobs: the commit requires that it is not struck off.</summary>
    [Id(8)]
    public required uint Writer { get; init; }
}

/// <summary>How a write of an object ended.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Entry">The object that the write made; null when it made none.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.ObjectResult")]
public sealed record ObjectResult([property: Id(0)] IndexOutcome Outcome, [property: Id(1)] ObjectEntry? Entry);

/// <summary>An upload to begin.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.CreateUpload")]
public sealed record CreateUpload
{
    /// <summary>The key of the object to be.</summary>
    [Id(0)]
    public required string Key { get; init; }

    /// <summary>Canonical id of the initiator.</summary>
    [Id(1)]
    public required string OwnerId { get; init; }

    /// <summary>The front end's number for the checksum algorithm, if one was named.</summary>
    [Id(2)]
    public long? ChecksumAlgorithm { get; init; }

    /// <summary>The front end's number for what the checksum will cover.</summary>
    [Id(3)]
    public long? ChecksumType { get; init; }

    /// <summary>Encoded headers of the object to be; null for none.</summary>
    [Id(4)]
    public byte[]? Headers { get; init; }
}

/// <summary>How the beginning of an upload ended.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="UploadId">The new upload's id; null when there is none.</param>
/// <param name="InitiatedMs">Unix time, in milliseconds.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.UploadResult")]
public sealed record UploadResult(
    [property: Id(0)] IndexOutcome Outcome, [property: Id(1)] string? UploadId, [property: Id(2)] long InitiatedMs);

/// <summary>Blobs that become a part.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.PutPart")]
public sealed record PutPart
{
    /// <summary>The key of the object to be.</summary>
    [Id(0)]
    public required string Key { get; init; }

    /// <summary>The upload.</summary>
    [Id(1)]
    public required string UploadId { get; init; }

    /// <summary>1 to 10,000.</summary>
    [Id(2)]
    public required int Number { get; init; }

    /// <summary>Length of the part, in bytes.</summary>
    [Id(3)]
    public required long SizeBytes { get; init; }

    /// <summary>Without quotes.</summary>
    [Id(4)]
    public required string ETag { get; init; }

    /// <summary>The checksum to store, if any.</summary>
    [Id(5)]
    public ChecksumEntry? Checksum { get; init; }

    /// <summary>Encoded list of blobs; null for an empty part.</summary>
    [Id(6)]
    public byte[]? Recipe { get; init; }

    /// <summary>Incarnation of the process that wrote the blobs: the commit requires that it is not struck off.</summary>
    [Id(7)]
    public required uint Writer { get; init; }
}

/// <summary>How a write of a part ended.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="ModifiedMs">Unix time of the commit, in milliseconds.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.PartResult")]
public sealed record PartResult([property: Id(0)] IndexOutcome Outcome, [property: Id(1)] long ModifiedMs);

/// <summary>A part as a completion names it.</summary>
/// <param name="Number">1 to 10,000.</param>
/// <param name="ETag">The ETag that it must have.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.NamedPart")]
public readonly record struct NamedPart([property: Id(0)] int Number, [property: Id(1)] string ETag);

/// <summary>An upload that becomes an object.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.CompleteUpload")]
public sealed record CompleteUpload
{
    /// <summary>The key of the object to be.</summary>
    [Id(0)]
    public required string Key { get; init; }

    /// <summary>The upload.</summary>
    [Id(1)]
    public required string UploadId { get; init; }

    /// <summary>The parts that make up the object, in ascending order; the others are dropped.</summary>
    [Id(2)]
    public required NamedPart[] Parts { get; init; }

    /// <summary>ETag of the object, without quotes.</summary>
    [Id(3)]
    public required string ETag { get; init; }

    /// <summary>Canonical id of the writer.</summary>
    [Id(4)]
    public required string OwnerId { get; init; }

    /// <summary>The checksum to store, if any.</summary>
    [Id(5)]
    public ChecksumEntry? Checksum { get; init; }

    /// <summary>Encoded headers; null for none.</summary>
    [Id(6)]
    public byte[]? Headers { get; init; }

    /// <summary>What must hold of the current object.</summary>
    [Id(7)]
    public WriteGuard Guard { get; init; } = WriteGuard.None;
}
