#if ORLEANS_EMBEDDED
using Orleans.Embedded.Testing;

namespace OrleansStorage.Testing;

/// <summary>A test cluster on the embedded engine.</summary>
internal sealed class EmbeddedTestCluster : ICluster
{
    private readonly EmbeddedCluster _cluster;

    private EmbeddedTestCluster(EmbeddedCluster cluster) => _cluster = cluster;

    public IClusterClient Client => _cluster.Client;

    public IReadOnlyList<ClusterSilo> Silos => [.. _cluster.Silos.Select(AsSilo)];

    public bool CanPause => true;

    public static async Task<ICluster> StartAsync(ClusterSettings settings)
    {
        var ordinal = 0;
        return new EmbeddedTestCluster(await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions
        {
            SiloCount = settings.Silos,
            ClientResponseTimeout = settings.ResponseTimeout,
            ConfigureSilo = (_, builder) => TestClusterFactory.Configure(settings, ordinal++, builder),
        }));
    }

    public async Task<ClusterSilo> StartSiloAsync() => AsSilo(await _cluster.StartSiloAsync());

    public Task KillAsync(ClusterSilo silo) => _cluster.KillAsync(Find(silo));

    public Task StopAsync(ClusterSilo silo) => _cluster.StopAsync(Find(silo));

    public Task PauseAsync(ClusterSilo silo)
    {
        _cluster.Pause(Find(silo));
        return Task.CompletedTask;
    }

    public Task ResumeAsync(ClusterSilo silo)
    {
        _cluster.Resume(Find(silo));
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static ClusterSilo AsSilo(EmbeddedSilo silo) => new(silo.Name, silo.SiloAddress, silo.Services);

    private EmbeddedSilo Find(ClusterSilo silo) => _cluster.Silos.Single(candidate => candidate.SiloAddress.Equals(silo.SiloAddress));
}
#endif
