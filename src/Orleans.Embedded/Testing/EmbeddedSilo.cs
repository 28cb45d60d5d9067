using Microsoft.Extensions.Hosting;
using Orleans.Cluster;
using Orleans.Runtime;

namespace Orleans.Embedded.Testing;

/// <summary>One silo of an <see cref="EmbeddedCluster"/>.</summary>
public sealed class EmbeddedSilo
{
    internal EmbeddedSilo(IHost host, SiloRuntime runtime)
    {
        Host = host;
        Runtime = runtime;
    }

    /// <summary>Its name, unique in the cluster.</summary>
    public string Name => Runtime.Name;

    /// <summary>Its address, never used again by another silo.</summary>
    public SiloAddress SiloAddress => Runtime.Address;

    /// <summary>Its services; disposed when it has stopped or was killed.</summary>
    public IServiceProvider Services => Host.Services;

    /// <summary>Neither stopped nor killed. A paused, partitioned or evicted silo runs.</summary>
    public bool IsRunning { get; internal set; } = true;

    internal IHost Host { get; }

    internal ITimer? EvictionTimer { get; set; }

    internal SiloRuntime Runtime { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {SiloAddress}";
}
