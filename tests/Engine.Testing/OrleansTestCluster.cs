#if !ORLEANS_EMBEDDED
using Orleans.Configuration;
using Orleans.TestingHost;

namespace OrleansStorage.Testing;

/// <summary>A test cluster on Microsoft.Orleans.</summary>
internal sealed class OrleansTestCluster : ICluster
{
    private readonly InProcessTestCluster _cluster;

    private OrleansTestCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IClusterClient Client => _cluster.Client;

    public IReadOnlyList<ClusterSilo> Silos => [.. _cluster.Silos.OrderBy(silo => silo.InstanceNumber).Select(AsSilo)];

    public bool CanPause => false;

    public static async Task<ICluster> StartAsync(ClusterSettings settings)
    {
        var ordinal = -1;
        var builder = new InProcessTestClusterBuilder((short)settings.Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            // A killed silo is to be noticed within a test's patience.
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromSeconds(1);
                options.MaxProbeTimeout = TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
            });
            TestClusterFactory.Configure(settings, Interlocked.Increment(ref ordinal), silo);
        });
        builder.ConfigureClient(client =>
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = settings.ResponseTimeout));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new OrleansTestCluster(cluster);
    }

    public async Task<ClusterSilo> StartSiloAsync() => AsSilo(await _cluster.StartAdditionalSiloAsync());

    public Task KillAsync(ClusterSilo silo) => _cluster.KillSiloAsync(Find(silo));

    public Task StopAsync(ClusterSilo silo) => _cluster.StopSiloAsync(Find(silo));

    public Task PauseAsync(ClusterSilo silo) => throw new NotSupportedException();

    public Task ResumeAsync(ClusterSilo silo) => throw new NotSupportedException();

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    private static ClusterSilo AsSilo(InProcessSiloHandle silo) => new(silo.Name, silo.SiloAddress, silo.ServiceProvider);

    private InProcessSiloHandle Find(ClusterSilo silo) => _cluster.Silos.Single(candidate => candidate.SiloAddress.Equals(silo.SiloAddress));
}
#endif
