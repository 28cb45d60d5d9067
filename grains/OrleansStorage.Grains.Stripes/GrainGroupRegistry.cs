using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Pools;
using OrleansStorage.Devices;
using OrleansStorage.Pools;
using OrleansStorage.Pools.Healing;

namespace OrleansStorage.Grains.Stripes;

/// <summary>The groups of a pool with their owners, the grains.</summary>
/// <remarks>
/// Every process that writes to the pool takes the new group from <paramref name="groups"/>, which is changed before the call
/// completes: its writes under the epoch before count as failed from then on.
/// </remarks>
/// <param name="grains">Finds the owners.</param>
/// <param name="pool">Name of the pool.</param>
/// <param name="groups">The groups as the writers of this process see them.</param>
internal sealed class GrainGroupRegistry(IGrainFactory grains, string pool, GroupMap groups) : IGroupRegistry
{
    public async ValueTask<StripeGroup> CommitAsync(StripeGroup next, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var state = new StripeGroupState(next.Id, pool, (long)next.Epoch, string.Join(',', next.Devices), next.TakesWrites);
        StripeGroupResult result;
        try
        {
            result = await grains.GetGrain<IStripeGroupGrain>(next.Id).ChangeAsync(state);
        }
        catch (Exception e) when (e is OwnerUnavailableException or TimeoutException)
        {
            throw new DeviceException($"Stripe group {next.Id} cannot be changed now: {e.Message}", e);
        }

        var stored = ToGroup(result.Group);
        groups.Update(stored);
        return result.IsDone ? stored : throw new GroupEpochException(stored, next.Epoch);
    }

    private static StripeGroup ToGroup(StripeGroupState state) =>
        new((uint)state.GroupId, (ulong)state.Epoch, [.. state.Members.Split(',').Select(Guid.Parse)])
        {
            TakesWrites = state.TakesWrites,
        };
}
