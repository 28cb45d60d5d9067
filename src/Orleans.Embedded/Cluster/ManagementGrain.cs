using Orleans.Runtime;

namespace Orleans.Cluster;

internal sealed class ManagementGrain(ClusterFabric fabric) : Grain, IManagementGrain
{
    public Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false) => Task.FromResult(
        fabric.AllSilos.Where(silo => !onlyActive || silo.Status == SiloStatus.Active)
            .ToDictionary(silo => silo.Address, silo => silo.Status));

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics(SiloAddress[] hostsIds) => Task.FromResult(
        fabric.AllSilos.Where(silo => hostsIds.Contains(silo.Address)).SelectMany(StatisticsOf).ToArray());

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(fabric.ActiveSilos.SelectMany(StatisticsOf).ToArray());

    public Task<int> GetTotalActivationCount() => Task.FromResult(fabric.ActiveSilos.Sum(silo => silo.ActivationCount));

    private static IEnumerable<SimpleGrainStatistic> StatisticsOf(SiloRuntime silo) => silo.CountActivations()
        .Select(count => new SimpleGrainStatistic { GrainType = count.GrainClass, SiloAddress = silo.Address, ActivationCount = count.Count });
}
