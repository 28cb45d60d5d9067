using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using OrleansStorage.Grains.Buckets;
using OrleansStorage.Grains.Stripes;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo;

/// <summary>The Orleans silo of a node.</summary>
internal static class SiloEngine
{
    /// <summary>A cluster of one silo on loopback, on ports that nobody uses.</summary>
    public static void Configure(ISiloBuilder silo, NodeStorage storage, TimeSpan healAfter)
    {
        var (siloPort, gatewayPort) = FreePorts();
        silo.UseLocalhostClustering(siloPort, gatewayPort);
        silo.ConfigureServices(services =>
        {
            services.AddSingleton(new IdentifierSource(storage.Incarnation));
            services.Configure<PoolGrainOptions>(options => options.Watch.GracePeriod = healAfter);
        });
    }

    private static (int Silo, int Gateway) FreePorts()
    {
        // Both are held until both are known, so that they differ.
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
