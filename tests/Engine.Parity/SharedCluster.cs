using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;
using OrleansStorage.Testing;
using Xunit;

namespace OrleansStorage.Parity;

/// <summary>Two silos for all tests that do not harm them; every test uses keys of its own.</summary>
/// <remarks>Without call filters, which would keep the embedded engine from its short cuts.</remarks>
public sealed class SharedCluster : IAsyncLifetime
{
    public const string Name = "shared cluster";

    public ICluster Cluster { get; private set; } = null!;

    public IClusterClient Client => Cluster.Client;

    public async Task InitializeAsync() => Cluster = await TestClusterFactory.CreateAsync(new ClusterSettings { Silos = 2, Configure = Configure });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    private static void Configure(int ordinal, ISiloBuilder builder)
    {
        builder.AddMemoryGrainStorageAsDefault();
        builder.AddMemoryGrainStorage("second");
        builder.UseSiloMetadata(new Dictionary<string, string> { ["rack"] = ordinal == 0 ? "left" : "right" });
        builder.AddPlacementDirector<RackPlacement, RackPlacementDirector>();
        builder.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = TimeSpan.FromSeconds(1);
            options.CollectionAge = TimeSpan.FromMinutes(10);
        });
    }
}

[CollectionDefinition(SharedCluster.Name)]
public sealed class SharedClusterDefinition : ICollectionFixture<SharedCluster>;
