using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Cluster;
using Orleans.Configuration;

namespace Orleans.Embedded.Testing;

/// <summary>A cluster of several silos in this process, with faults.</summary>
/// <remarks>
/// Inside a simulation (<see cref="EmbeddedClusterOptions.Simulation"/>) every method is called from code that the
/// simulation runs.
/// </remarks>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private const int FirstPort = 11111;

    private readonly EmbeddedClusterOptions _options;
    private readonly ClusterFabric _fabric;
    private readonly List<EmbeddedSilo> _silos = [];
    private readonly ClientNode _client;
    private int _started;
    private int _lastPartition;

    private EmbeddedCluster(EmbeddedClusterOptions options)
    {
        _options = options;
        _fabric = new ClusterFabric(options.Simulation?.TimeProvider ?? TimeProvider.System, options.Simulation);
        var services = new ServiceCollection().BuildServiceProvider();
        _client = new ClientNode(_fabric, services, () => _silos[0].Runtime.GrainTypes, options.ClientResponseTimeout, NullLogger.Instance);
    }

    /// <summary>A client outside the silos.</summary>
    public IClusterClient Client => _client.GrainFactory;

    /// <summary>The silos that run, in the order they were started.</summary>
    public IReadOnlyList<EmbeddedSilo> Silos => [.. _silos.Where(silo => silo.IsRunning)];

    /// <summary>Starts a cluster; all its silos are active when the task completes.</summary>
    /// <exception cref="Orleans.Runtime.OrleansConfigurationException">A grain interface or the configuration is wrong.</exception>
    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var cluster = new EmbeddedCluster(options);
        try
        {
            for (var silo = 0; silo < options.SiloCount; silo++)
            {
                await cluster.StartSiloAsync();
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Starts one more silo.</summary>
    public async Task<EmbeddedSilo> StartSiloAsync()
    {
        var number = ++_started;
        var name = string.Create(CultureInfo.InvariantCulture, $"Silo_{number}");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = name, DisableDefaults = true });
        builder.Services.AddSingleton(_fabric.Time);
        builder.Services.AddSingleton(_fabric);
        builder.UseOrleans(silo =>
        {
            silo.Services.Configure<SiloOptions>(options => options.SiloName = name);
            silo.Services.Configure<EndpointOptions>(options => options.SiloPort = FirstPort + number - 1);
            _options.ConfigureSilo(name, silo);
        });
        var host = builder.Build();
        try
        {
            host.Services.GetService<IStartupValidator>()?.Validate();

            // Started here rather than by the host, which leaves the scheduler of a simulation.
            foreach (var service in host.Services.GetServices<IHostedService>())
            {
                await service.StartAsync(CancellationToken.None);
            }
        }
        catch
        {
            host.Dispose();
            throw;
        }

        var started = new EmbeddedSilo(host, host.Services.GetRequiredService<SiloRuntime>());
        _silos.Add(started);
        return started;
    }

    /// <summary>
    /// Stops a silo gracefully: its grains are deactivated, with OnDeactivateAsync, and activated elsewhere when they are
    /// called again.
    /// </summary>
    public async Task StopAsync(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        if (!silo.IsRunning)
        {
            return;
        }

        Resume(silo);
        foreach (var service in silo.Services.GetServices<IHostedService>().Reverse())
        {
            await service.StopAsync(CancellationToken.None);
        }

        silo.IsRunning = false;
        await DisposeHostAsync(silo);
    }

#pragma warning disable CA1822 // What is done to a silo reads as something that its cluster does.

    /// <summary>
    /// Kills a silo: its activations run no further turn, calls to them fail with SiloUnavailableException, and its grains
    /// are activated elsewhere when they are called again. Nothing is stopped; its services are only disposed, so
    /// that files and ports are free again.
    /// </summary>
    public async Task KillAsync(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        if (!silo.IsRunning)
        {
            return;
        }

        silo.IsRunning = false;
        silo.Runtime.Kill();
        await DisposeHostAsync(silo);
    }

    /// <summary>
    /// Halts a silo as a stopped process would be: no turn of its grains starts. Calls to it wait, and time out. Background
    /// work outside grains goes on.
    /// </summary>
    public void Pause(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Runtime.Pause();
    }

    /// <summary>
    /// Halts a silo and, when it is still halted after a while, evicts it: what the failure detector of a real cluster does.
    /// </summary>
    public void Pause(EmbeddedSilo silo, TimeSpan evictAfter)
    {
        Pause(silo);
        silo.EvictionTimer = _fabric.Time.CreateTimer(
            _ =>
            {
                if (silo.Runtime.IsPaused)
                {
                    Evict(silo);
                }
            },
            null,
            evictAfter,
            System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets a paused silo go on, also when it was evicted meanwhile: it does not know.</summary>
    public void Resume(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.EvictionTimer?.Dispose();
        silo.Runtime.Resume();
    }

    /// <summary>
    /// The cluster declares a silo dead, as it does with one that is paused or cut off for long: calls to it fail with
    /// SiloUnavailableException and its grains are activated elsewhere. Its own activations live on and go on when
    /// they can, so that two activations of one grain exist, until the silo is killed or stopped.
    /// </summary>
    public void Evict(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Runtime.Evict();
    }

    /// <summary>Cuts a silo off from all others and from the client: requests and responses are lost both ways.</summary>
    public void Partition(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        _fabric.AllowFaults();
        silo.Runtime.PartitionGroup = ++_lastPartition;
    }

    /// <summary>Ends the partition of a silo. What was lost stays lost.</summary>
    public void Heal(EmbeddedSilo silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Runtime.PartitionGroup = 0;
    }

#pragma warning restore CA1822

    /// <summary>Stops all silos, newest first.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos.Reverse())
        {
            if (silo.Runtime.IsEvicted)
            {
                await KillAsync(silo);
            }
            else
            {
                Heal(silo);
                await StopAsync(silo);
            }
        }

        _fabric.RemoveNode(_client);
        _client.Pending.Dispose();
    }

    private static async Task DisposeHostAsync(EmbeddedSilo silo)
    {
        if (silo.Host is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync();
        }
        else
        {
            silo.Host.Dispose();
        }
    }
}
