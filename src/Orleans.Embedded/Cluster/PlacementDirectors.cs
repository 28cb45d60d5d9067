using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Cluster;

internal sealed class RandomPlacementDirector(ClusterFabric fabric) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? silos[fabric.Random(silos.Length)]);
    }
}

/// <summary>The silo of the caller when it can take grains, else any.</summary>
internal sealed class LocalPlacementDirector(ClusterFabric fabric) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var isLocalPossible = context.LocalSiloStatus == SiloStatus.Active && silos.Contains(context.LocalSilo);
        return Task.FromResult(isLocalPossible ? context.LocalSilo : silos[fabric.Random(silos.Length)]);
    }
}

internal sealed class HashBasedPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target).Order().ToArray();
        return Task.FromResult(
            IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
            ?? silos[(int)(target.GrainIdentity.GetUniformHashCode() & 0x7fffffff) % silos.Length]);
    }
}

/// <summary>The silo with the fewest activations; ties go to any of them. In one process silos differ in nothing else.</summary>
internal sealed class LeastActivationsPlacementDirector(ClusterFabric fabric) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var counts = silos.Select(silo => fabric.FindSilo(silo)?.ActivationCount ?? int.MaxValue).ToArray();
        var least = silos.Where((_, index) => counts[index] == counts.Min()).ToArray();
        return Task.FromResult(least[fabric.Random(least.Length)]);
    }
}
