using System.Collections.Concurrent;
using OrleansStorage.Abstractions.Buckets;

namespace OrleansStorage.Gateway.Buckets;

/// <summary>Finds buckets and the grains of their indexes, and remembers them for a short time. Thread safe.</summary>
/// <remarks>
/// An answer from memory may be old. That is safe because a bucket's id is never used again: a write into a bucket that
/// is gone fails at its commit, and a key that is not found is looked for again in the bucket of that name now.
/// </remarks>
internal sealed class BucketDirectory(IGrainFactory grains, TimeProvider time, TimeSpan age)
{
    private const int EntriesMax = 10_000;

    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <summary>The bucket, perhaps as it was a short time ago; <see langword="null"/> only if there is none now.</summary>
    public ValueTask<BucketHandle?> FindAsync(string name, CancellationToken cancellationToken) =>
        _remembered.TryGetValue(name, out var found) && time.GetElapsedTime(found.Timestamp) < age
            ? new(found.Handle)
            : FindNowAsync(name, cancellationToken);

    /// <summary>The bucket as it is now, or <see langword="null"/>.</summary>
    public async ValueTask<BucketHandle?> FindNowAsync(string name, CancellationToken cancellationToken)
    {
        var timestamp = time.GetTimestamp();
        var state = await Grain(name).FindAsync(cancellationToken);
        if (state is null)
        {
            _remembered.TryRemove(name, out _);
            return null;
        }

        return Remember(state, timestamp);
    }

    /// <summary>The grain of a bucket's name.</summary>
    public IBucketGrain Grain(string name) => grains.GetGrain<IBucketGrain>(name);

    /// <summary>Forgets a bucket that was just created or deleted.</summary>
    public void Forget(string name) => _remembered.TryRemove(name, out _);

    private BucketHandle Remember(BucketState state, long timestamp)
    {
        var handle = _remembered.TryGetValue(state.Name, out var known) && known.Handle.State == state
            ? known.Handle
            : new BucketHandle(state, grains);
        if (_remembered.Count >= EntriesMax)
        {
            _remembered.Clear();
        }

        _remembered[state.Name] = new Remembered(handle, timestamp);
        return handle;
    }

    private sealed record Remembered(BucketHandle Handle, long Timestamp);
}
