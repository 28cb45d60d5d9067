using Orleans.Configuration;
using OrleansStorage.Testing;

namespace OrleansStorage.Parity;

/// <summary>Clusters of one test each.</summary>
internal static class ParityCluster
{
    public static Task<ICluster> CreateAsync(int silos, TimeSpan? responseTimeout = null, Action<ISiloBuilder>? configure = null) =>
        TestClusterFactory.CreateAsync(new ClusterSettings
        {
            Silos = silos,
            ResponseTimeout = responseTimeout ?? TimeSpan.FromSeconds(30),
            Configure = (_, builder) =>
            {
                // Every silo knows every grain of this assembly, also one that is collected after two seconds.
                builder.Configure<GrainCollectionOptions>(options => options.CollectionQuantum = TimeSpan.FromSeconds(1));
                configure?.Invoke(builder);
            },
        });
}
