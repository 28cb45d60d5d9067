using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Buckets;

/// <summary>A bucket, and references to the grains of its index.</summary>
internal sealed class BucketHandle(BucketState state, IGrainFactory grains)
{
    private readonly IObjectIndexGrain?[] _partitions = new IObjectIndexGrain?[ObjectIndexPartition.Count];

    public BucketState State => state;

    public BucketInfo Info { get; } =
        new(state.Name, state.OwnerId, DateTimeOffset.FromUnixTimeMilliseconds(state.CreatedMs));

    /// <summary>The grain that owns a key.</summary>
    public IObjectIndexGrain Index(string key)
    {
        var partition = ObjectIndexPartition.Of(key);
        return _partitions[partition] ??=
            grains.GetGrain<IObjectIndexGrain>(ObjectIndexPartition.GrainKey(state.BucketId, partition));
    }
}
