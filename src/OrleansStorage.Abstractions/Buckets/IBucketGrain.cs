namespace OrleansStorage.Abstractions.Buckets;

/// <summary>One bucket, by its name: whether it exists, and who owns it.</summary>
[Alias("OrleansStorage.IBucketGrain")]
public interface IBucketGrain : IGrainWithStringKey
{
    /// <summary>Creates the bucket.</summary>
    /// <param name="ownerId">Canonical id of the owner to be.</param>
    /// <param name="settings">How its objects are to be stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("Create")]
    ValueTask<BucketResult> CreateAsync(string ownerId, BucketSettings settings, CancellationToken cancellationToken);

    /// <summary>The bucket, or <see langword="null"/>: as of the last write that was acknowledged before the call.</summary>
    [Alias("Find")]
    ValueTask<BucketState?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Deletes the bucket if it holds no objects; unfinished uploads are aborted.</summary>
    [Alias("Delete")]
    ValueTask<BucketResult> DeleteAsync(CancellationToken cancellationToken);
}
