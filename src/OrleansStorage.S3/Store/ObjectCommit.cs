namespace OrleansStorage.S3.Store;

/// <summary>What becomes visible with an object's data.</summary>
public sealed record ObjectCommit
{
    /// <summary>Canonical id of the writer.</summary>
    public required string OwnerId { get; init; }

    /// <summary>Without quotes.</summary>
    public required string ETag { get; init; }

    /// <summary>System headers and user metadata.</summary>
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;

    /// <summary>The checksum to keep, if any.</summary>
    public ObjectChecksum? Checksum { get; init; }

    /// <summary>What must hold of the object that is there now.</summary>
    public WriteCondition Condition { get; init; }
}

/// <summary>What becomes visible with a part's data.</summary>
/// <param name="ETag">Hex MD5 of the part, without quotes.</param>
/// <param name="Checksum">The checksum to keep, if any.</param>
public sealed record PartCommit(string ETag, ObjectChecksum? Checksum);

/// <summary>A part as a completion names it.</summary>
/// <param name="Number">1 to 10,000; ascending in a completion.</param>
/// <param name="ETag">The ETag that the part must still have, without quotes.</param>
public sealed record CompletedPart(int Number, string ETag);
