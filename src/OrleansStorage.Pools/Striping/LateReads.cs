using System.Collections.Concurrent;

namespace OrleansStorage.Pools.Striping;

/// <summary>Counts the reads of each device that nobody waits for any more. For any number of threads.</summary>
internal sealed class LateReads(int max)
{
    private readonly ConcurrentDictionary<Guid, int> _counts = new();

    /// <summary>The device has so many that it is asked last.</summary>
    public bool IsFull(Guid device) => _counts.TryGetValue(device, out var count) && count >= max;

    public void Begin(Guid device) => _counts.AddOrUpdate(device, 1, static (_, count) => count + 1);

    public void End(Guid device) => _counts.AddOrUpdate(device, 0, static (_, count) => count - 1);
}
