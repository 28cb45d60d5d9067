namespace OrleansStorage.Testing;

/// <summary>A cluster of silos in this process, on whichever engine the build chose.</summary>
public interface ICluster : IAsyncDisposable
{
    /// <summary>A client outside the silos.</summary>
    IClusterClient Client { get; }

    /// <summary>The silos that run, in the order they were started.</summary>
    IReadOnlyList<ClusterSilo> Silos { get; }

    /// <summary>Whether <see cref="PauseAsync"/> and <see cref="ResumeAsync"/> work on this engine.</summary>
    bool CanPause { get; }

    /// <summary>Starts one more silo; it is active when the task completes.</summary>
    Task<ClusterSilo> StartSiloAsync();

    /// <summary>
    /// Kills a silo without any farewell. How soon the others notice depends on the engine: repeat a call until it
    /// succeeds (<see cref="ClusterExtensions.RetryAsync"/>).
    /// </summary>
    Task KillAsync(ClusterSilo silo);

    /// <summary>Stops a silo gracefully: its grains are deactivated first.</summary>
    Task StopAsync(ClusterSilo silo);

    /// <summary>Halts all turns of a silo.</summary>
    /// <exception cref="NotSupportedException"><see cref="CanPause"/> is false.</exception>
    Task PauseAsync(ClusterSilo silo);

    /// <summary>Lets a paused silo go on.</summary>
    /// <exception cref="NotSupportedException"><see cref="CanPause"/> is false.</exception>
    Task ResumeAsync(ClusterSilo silo);
}

/// <summary>One silo of an <see cref="ICluster"/>.</summary>
/// <param name="Name">Unique in the cluster.</param>
/// <param name="SiloAddress">Its address.</param>
/// <param name="Services">Its services; not to be used after it has stopped.</param>
public sealed record ClusterSilo(string Name, SiloAddress SiloAddress, IServiceProvider Services);
