using OrleansStorage.Pools.Healing;

namespace OrleansStorage.Pools.Tests.Healing.Simulation;

/// <summary>A registry that takes as long as a database does.</summary>
internal sealed class SlowRegistry(IGroupRegistry registry, TimeProvider time, Random random) : IGroupRegistry
{
    public async ValueTask<StripeGroup> CommitAsync(StripeGroup next, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(1 + random.Next(60)), time, CancellationToken.None);
        var stored = await registry.CommitAsync(next, CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(1 + random.Next(60)), time, CancellationToken.None);
        return stored;
    }
}
