using Orleans.Configuration;

namespace OrleansStorage.Testing;

/// <summary>Makes test clusters on the engine that the build chose.</summary>
public static class TestClusterFactory
{
    /// <summary>Starts a cluster whose silos are all configured alike.</summary>
    public static Task<ICluster> CreateAsync(int silos, Action<ISiloBuilder> configure) =>
        CreateAsync(new ClusterSettings { Silos = silos, Configure = (_, builder) => configure(builder) });

    /// <summary>Starts a cluster; all its silos are active when the task completes.</summary>
    public static async Task<ICluster> CreateAsync(ClusterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
#if ORLEANS_EMBEDDED
        return await EmbeddedTestCluster.StartAsync(settings);
#else
        return await OrleansTestCluster.StartAsync(settings);
#endif
    }

    internal static void Configure(ClusterSettings settings, int ordinal, ISiloBuilder builder)
    {
        builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = settings.ResponseTimeout);
        settings.Configure(ordinal, builder);
    }
}
