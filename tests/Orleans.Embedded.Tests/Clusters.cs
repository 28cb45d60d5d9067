using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Embedded.Testing;
using Orleans.Hosting;

namespace Orleans.Embedded.Tests;

/// <summary>Clusters without the interfaces that this assembly has only to see them refused.</summary>
internal static class Clusters
{
    public static Task<EmbeddedCluster> StartAsync(
        int silos, SimulationScheduler? simulation = null, TimeSpan? responseTimeout = null, Action<ISiloBuilder>? configure = null, Type? refused = null) =>
        EmbeddedCluster.StartAsync(new EmbeddedClusterOptions
        {
            SiloCount = silos,
            Simulation = simulation,
            ClientResponseTimeout = responseTimeout ?? TimeSpan.FromSeconds(30),
            ConfigureSilo = (_, builder) =>
            {
                builder.Services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = responseTimeout ?? TimeSpan.FromSeconds(30));
                builder.Services.Configure<GrainTypeOptions>(options =>
                    options.Interfaces.RemoveWhere(type => type.Namespace == typeof(Refused.INoSerializer).Namespace && type != refused));
                configure?.Invoke(builder);
            },
        });

    /// <summary>Runs a test in a simulation of its own.</summary>
    public static SimulationScheduler Simulate(int seed, Func<SimulationScheduler, Task> test, SimulationOptions? options = null)
    {
        var simulation = new SimulationScheduler(seed, options);
        simulation.Run(() => test(simulation));
        return simulation;
    }
}
