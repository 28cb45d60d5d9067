using System.Collections.Concurrent;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools;

/// <summary>The blobs that sessions of this process may still name in metadata.</summary>
internal sealed class InFlightBlobs(TimeProvider time, TimeSpan grace, int max)
{
    private const long Open = long.MaxValue;

    private readonly ConcurrentDictionary<BlobId, long> _until = new();
    private readonly ConcurrentQueue<(long Until, BlobId Blob)> _left = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool Contains(BlobId blob) => _until.TryGetValue(blob, out var until) && (until == Open || time.GetTimestamp() < until);

    /// <exception cref="DeviceBusyException">Too many are in flight.</exception>
    public void Add(BlobId blob)
    {
        Purge();
        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            throw new DeviceBusyException($"{max} blobs are in flight.");
        }

        _until[blob] = Open;
    }

    public void Remove(BlobId blob)
    {
        if (_until.TryRemove(blob, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Keeps a blob in flight for the grace period.</summary>
    public void Leave(BlobId blob)
    {
        var until = time.GetTimestamp() + (long)(grace.TotalSeconds * time.TimestampFrequency);
        _until[blob] = until;
        _left.Enqueue((until, blob));
        Purge();
    }

    private void Purge()
    {
        while (_left.TryPeek(out var oldest) && time.GetTimestamp() >= oldest.Until && _left.TryDequeue(out var left))
        {
            Remove(left.Blob);
        }
    }
}
