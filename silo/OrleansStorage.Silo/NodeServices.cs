using Microsoft.Extensions.DependencyInjection;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Gateway.Sweeping;
using OrleansStorage.Grains.Stripes;
using OrleansStorage.Metadata;
using OrleansStorage.S3.Store;
using OrleansStorage.Silo.Admin;
using OrleansStorage.Silo.Configuration;
using OrleansStorage.Silo.Metrics;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo;

/// <summary>The services of a node.</summary>
internal static class NodeServices
{
    public static void AddNodeServices(this IServiceCollection services, NodeStorage storage)
    {
        // Opened before the host and closed after it, so the container must not dispose them.
        services.AddSingleton(storage);
        services.AddSingleton<IMetadataStore>(storage.Metadata);
        services.AddSingleton(storage.Owners);
        services.AddSingleton(storage.Pools);
        services.AddSingleton<IPoolHost>(storage.Pools);
        services.AddSingleton(storage.Pools.Set);
        services.AddSingleton<IBlobStore>(storage.Pools.Set);

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<OpenReads>();
        services.AddSingleton<GarbageSweep>();
        services.AddSingleton<OrphanSweep>();
        services.AddSingleton<Sweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<Sweeper>());
        services.AddSingleton<PoolKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<PoolKeeper>());
        services.AddSingleton<GrainObjectStore>();
        services.AddSingleton<IObjectStore>(provider => provider.GetRequiredService<GrainObjectStore>());
        services.AddSingleton<PoolReport>();
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<ListenerPorts>();
        services.AddSingleton<NodeStatus>();
        services.AddSingleton(provider => new AdminAuthentication(provider.GetRequiredService<CredentialsFile>().Root));
    }
}
