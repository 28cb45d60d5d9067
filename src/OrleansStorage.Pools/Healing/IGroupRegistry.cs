using OrleansStorage.Devices;

namespace OrleansStorage.Pools.Healing;

/// <summary>Stores what a stripe group is, for every process that uses the pool.</summary>
public interface IGroupRegistry
{
    /// <summary>Makes a group what it is from now on.</summary>
    /// <remarks>
    /// Completes when the change is durable <b>and</b> no process acknowledges a write under the epoch before any more: each has been
    /// told, or is fenced. Healing rests on it: who lists a group after that has every blob that was acknowledged before.
    /// </remarks>
    /// <param name="next">Its epoch is that of the stored group plus 1.</param>
    /// <param name="cancellationToken">Looked at before the call begins.</param>
    /// <returns>The group as it is stored.</returns>
    /// <exception cref="GroupEpochException">The stored group is not of the epoch before; somebody else changed it. Nothing was changed.</exception>
    ValueTask<StripeGroup> CommitAsync(StripeGroup next, CancellationToken cancellationToken);
}

/// <summary>A group was to be changed from an epoch that is not its last.</summary>
/// <param name="current">The group as it is stored.</param>
/// <param name="epoch">The epoch that it was to get.</param>
public sealed class GroupEpochException(StripeGroup current, ulong epoch)
    : DeviceException($"Group {current.Id} is of epoch {current.Epoch}; epoch {epoch} cannot follow.")
{
    /// <summary>The group as it is stored.</summary>
    public StripeGroup Current { get; } = current;
}
