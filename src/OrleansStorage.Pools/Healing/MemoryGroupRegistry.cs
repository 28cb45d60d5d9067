using System.Collections.Concurrent;

namespace OrleansStorage.Pools.Healing;

/// <summary>A registry for a pool that only this process uses and that does not outlive it. For any number of threads.</summary>
/// <param name="groups">The groups as they are.</param>
public sealed class MemoryGroupRegistry(IEnumerable<StripeGroup> groups) : IGroupRegistry
{
    private readonly ConcurrentDictionary<uint, StripeGroup> _groups = new(groups.ToDictionary(group => group.Id));

    /// <summary>The groups as they are, in the order of their ids.</summary>
    public IReadOnlyList<StripeGroup> Groups => [.. _groups.Values.OrderBy(group => group.Id)];

    /// <inheritdoc/>
    public ValueTask<StripeGroup> CommitAsync(StripeGroup next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            var current = _groups[next.Id];
            if (current.Epoch + 1 != next.Epoch)
            {
                throw new GroupEpochException(current, next.Epoch);
            }

            if (_groups.TryUpdate(next.Id, next, current))
            {
                return ValueTask.FromResult(next);
            }
        }
    }
}
