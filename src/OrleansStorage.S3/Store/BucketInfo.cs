namespace OrleansStorage.S3.Store;

/// <summary>A bucket.</summary>
/// <param name="Name">3 to 63 characters, as S3 limits them.</param>
/// <param name="OwnerId">Canonical id of the owner.</param>
/// <param name="CreatedAt">UTC, to the millisecond.</param>
public sealed record BucketInfo(string Name, string OwnerId, DateTimeOffset CreatedAt);
