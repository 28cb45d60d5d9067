using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Activations;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.Timers;

namespace Orleans.Cluster;

internal static class DefaultSiloServices
{
    public static void Add(IServiceCollection services)
    {
        services.AddLogging();
        services.AddOptions();
        services.Configure<GrainTypeOptions>(ApplicationParts.Fill);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new ClusterFabric(provider.GetRequiredService<TimeProvider>(), simulation: null));
        services.AddSingleton<SiloRuntime>();
        services.AddSingleton<ILocalSiloDetails>(provider => provider.GetRequiredService<SiloRuntime>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<SiloRuntime>().GrainFactory);
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<SiloRuntime>().GrainFactory);
        services.AddSingleton<ITimerRegistry, TimerRegistry>();
        services.AddSingleton<IGrainContextAccessor, GrainContextAccessor>();
        services.AddScoped<GrainContextHolder>();
        services.AddScoped(provider => provider.GetRequiredService<GrainContextHolder>().Context
            ?? throw new InvalidOperationException("IGrainContext is a service of grains only."));
        services.AddKeyedSingleton<IPlacementDirector, RandomPlacementDirector>(typeof(RandomPlacement));
        services.AddKeyedSingleton<IPlacementDirector, LocalPlacementDirector>(typeof(PreferLocalPlacement));
        services.AddKeyedSingleton<IPlacementDirector, LocalPlacementDirector>(typeof(StatelessWorkerPlacement));
        services.AddKeyedSingleton<IPlacementDirector, HashBasedPlacementDirector>(typeof(HashBasedPlacement));
        services.AddKeyedSingleton<IPlacementDirector, LeastActivationsPlacementDirector>(typeof(ActivationCountBasedPlacement));
        services.AddKeyedSingleton<IPlacementDirector, LeastActivationsPlacementDirector>(typeof(ResourceOptimizedPlacement));
        services.AddHostedService<SiloHostedService>();
    }

    private sealed class SiloHostedService(SiloRuntime silo) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => silo.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => silo.StopAsync(cancellationToken);
    }
}
