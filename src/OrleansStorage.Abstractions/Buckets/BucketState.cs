namespace OrleansStorage.Abstractions.Buckets;

/// <summary>An existing bucket.</summary>
/// <param name="BucketId">Never used again, also when a bucket of the same name is created later.</param>
/// <param name="Name">The name.</param>
/// <param name="OwnerId">Canonical id of the owner.</param>
/// <param name="CreatedMs">Unix time, in milliseconds.</param>
/// <param name="Settings">How its objects are stored.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.BucketState")]
public sealed record BucketState(
    [property: Id(0)] long BucketId,
    [property: Id(1)] string Name,
    [property: Id(2)] string OwnerId,
    [property: Id(3)] long CreatedMs,
    [property: Id(4)] BucketSettings Settings);

/// <summary>How a change of a bucket ended.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Bucket">The bucket as it is now; null when there is none.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.BucketResult")]
public sealed record BucketResult(
    [property: Id(0)] IndexOutcome Outcome,
    [property: Id(1)] BucketState? Bucket);
