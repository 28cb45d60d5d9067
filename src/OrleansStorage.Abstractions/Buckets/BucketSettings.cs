namespace OrleansStorage.Abstractions.Buckets;

/// <summary>How the objects of a bucket are stored.</summary>
/// <param name="Pool">Name of the pool that takes what is written.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.BucketSettings")]
public sealed record BucketSettings([property: Id(0)] string Pool)
{
    /// <summary>The pool that every cluster has.</summary>
    public const string DefaultPool = "default";

    /// <summary>What a bucket gets that was made without any.</summary>
    public static BucketSettings Default { get; } = new(DefaultPool);
}
