using Orleans.Hosting;

namespace Orleans.Embedded.Testing;

/// <summary>What an <see cref="EmbeddedCluster"/> is made of.</summary>
public sealed class EmbeddedClusterOptions
{
    /// <summary>Silos to start with.</summary>
    public int SiloCount { get; set; } = 1;

    /// <summary>Configures each silo before it starts: its name ("Silo_1" for the first), and its builder.</summary>
    public Action<string, ISiloBuilder> ConfigureSilo { get; set; } = (_, _) => { };

    /// <summary>The simulation that the cluster runs in; null for a cluster on all cores.</summary>
    public SimulationScheduler? Simulation { get; set; }

    /// <summary>How long calls of <see cref="EmbeddedCluster.Client"/> wait for an answer.</summary>
    public TimeSpan ClientResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
