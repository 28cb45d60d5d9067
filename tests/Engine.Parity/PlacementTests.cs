using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;
using Xunit;

namespace OrleansStorage.Parity;

public interface ILocatedGrain : IGrainWithStringKey
{
    Task<SiloAddress> GetSiloAsync();

    Task<SiloAddress[]> GetSilosOfNewLocalGrainsAsync(string prefix, int count);
}

public interface IRackGrain : ILocatedGrain;

public interface ILocalGrain : ILocatedGrain;

public interface IHashedGrain : ILocatedGrain;

public interface IRandomGrain : ILocatedGrain;

public interface ICountedGrain : ILocatedGrain;

public abstract class LocatedGrain(ILocalSiloDetails silo) : Grain, ILocatedGrain
{
    public Task<SiloAddress> GetSiloAsync() => Task.FromResult(silo.SiloAddress);

    public Task<SiloAddress[]> GetSilosOfNewLocalGrainsAsync(string prefix, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => GrainFactory.GetGrain<ILocalGrain>($"{prefix} {number}").GetSiloAsync()));
}

[RackPlacement]
public sealed class RackGrain(ILocalSiloDetails silo) : LocatedGrain(silo), IRackGrain;

[PreferLocalPlacement]
public sealed class LocalGrain(ILocalSiloDetails silo) : LocatedGrain(silo), ILocalGrain;

[HashBasedPlacement]
public sealed class HashedGrain(ILocalSiloDetails silo) : LocatedGrain(silo), IHashedGrain;

[RandomPlacement]
public sealed class RandomGrain(ILocalSiloDetails silo) : LocatedGrain(silo), IRandomGrain;

[ActivationCountBasedPlacement]
public sealed class CountedGrain(ILocalSiloDetails silo) : LocatedGrain(silo), ICountedGrain;

[GenerateSerializer, Immutable]
public sealed class RackPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
public sealed class RackPlacementAttribute() : PlacementAttribute(new RackPlacement());

/// <summary>Places a grain in the rack that its key begins with.</summary>
public sealed class RackPlacementDirector(ISiloMetadataCache metadata) : IPlacementDirector
{
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        await Task.Yield();
        var rack = target.GrainIdentity.Key.ToString().Split(' ')[0];
        return context.GetCompatibleSilos(target).Single(silo => metadata.GetSiloMetadata(silo).Metadata["rack"] == rack);
    }
}

[Collection(SharedCluster.Name)]
public sealed class PlacementTests(SharedCluster shared)
{
    [Fact]
    public async Task CustomDirector_PlacesBySiloMetadata()
    {
        var left = await shared.Client.GetGrain<IRackGrain>("left 1").GetSiloAsync();
        var right = await shared.Client.GetGrain<IRackGrain>("right 1").GetSiloAsync();
        Assert.NotEqual(left, right);
        for (var number = 2; number < 10; number++)
        {
            Assert.Equal(left, await shared.Client.GetGrain<IRackGrain>($"left {number}").GetSiloAsync());
            Assert.Equal(right, await shared.Client.GetGrain<IRackGrain>($"right {number}").GetSiloAsync());
        }
    }

    [Fact]
    public async Task PreferLocal_StaysWithTheCaller()
    {
        foreach (var caller in new[] { shared.Client.GetGrain<IRackGrain>("left local"), shared.Client.GetGrain<IRackGrain>("right local") })
        {
            var here = await caller.GetSiloAsync();
            Assert.All(await caller.GetSilosOfNewLocalGrainsAsync($"{here}", 10), silo => Assert.Equal(here, silo));
        }
    }

    [Fact]
    public async Task HashBased_FollowsTheOrderOfAddresses()
    {
        var silos = shared.Cluster.Silos.Select(silo => silo.SiloAddress).Order().ToArray();
        for (var number = 0; number < 20; number++)
        {
            var grain = shared.Client.GetGrain<IHashedGrain>($"hash {number}");
            var expected = silos[(int)(grain.GetGrainId().GetUniformHashCode() & 0x7fffffff) % silos.Length];
            Assert.Equal(expected, await grain.GetSiloAsync());
        }
    }

    [Fact]
    public async Task Random_ReachesEverySilo()
    {
        var silos = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => shared.Client.GetGrain<IRandomGrain>($"random {number}").GetSiloAsync()));
        Assert.Equal(2, silos.Distinct().Count());
    }

    [Fact]
    public async Task ActivationCountBased_AnswersFromAnActiveSilo()
    {
        var active = shared.Cluster.Silos.Select(silo => silo.SiloAddress).ToHashSet();
        var silos = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => shared.Client.GetGrain<ICountedGrain>($"counted {number}").GetSiloAsync()));
        Assert.All(silos, silo => Assert.Contains(silo, active));
    }

    [Fact]
    public async Task PlacementHint_IsFollowed()
    {
        foreach (var silo in shared.Cluster.Silos)
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
            Assert.Equal(silo.SiloAddress, await shared.Client.GetGrain<IRandomGrain>($"hint {silo.SiloAddress}").GetSiloAsync());
        }
    }

    [Fact]
    public async Task ManagementGrain_CountsHostsAndActivations()
    {
        await shared.Client.GetGrain<IRackGrain>("left counted").GetSiloAsync();
        var management = shared.Client.GetGrain<IManagementGrain>(0);
        var hosts = await management.GetHosts(onlyActive: true);
        Assert.Equal(shared.Cluster.Silos.Select(silo => silo.SiloAddress).ToHashSet(), hosts.Keys.ToHashSet());
        Assert.All(hosts.Values, status => Assert.Equal(SiloStatus.Active, status));

        var statistics = await management.GetSimpleGrainStatistics();
        Assert.Contains(statistics, statistic => statistic.GrainType.Contains(nameof(RackGrain), StringComparison.Ordinal) && statistic.ActivationCount > 0);
        Assert.True(await management.GetTotalActivationCount() >= statistics.Where(statistic => statistic.GrainType.Contains(nameof(RackGrain), StringComparison.Ordinal)).Sum(statistic => statistic.ActivationCount));
    }

    [Fact]
    public async Task ServicesOfASilo_OfferItsClientAndDetails()
    {
        var silo = shared.Cluster.Silos[0];
        var client = (IClusterClient)silo.Services.GetService(typeof(IClusterClient))!;
        Assert.Equal(silo.SiloAddress, ((ILocalSiloDetails)silo.Services.GetService(typeof(ILocalSiloDetails))!).SiloAddress);
        Assert.Equal(silo.SiloAddress, await client.GetGrain<ILocalGrain>("from the silo's client").GetSiloAsync());
    }
}
