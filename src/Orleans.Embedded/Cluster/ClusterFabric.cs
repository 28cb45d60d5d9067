using System.Collections.Concurrent;
using System.Security.Cryptography;
using Orleans.Activations;
using Orleans.Embedded.Testing;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>What the silos and clients of one cluster share: directory, members, "network" and clock.</summary>
/// <remarks>
/// It is direct as long as nothing can come between two nodes: no simulation and no fault so far. Then a call is handed
/// over, or run, on the caller's thread. Otherwise every message between nodes passes <see cref="Send"/>.
/// </remarks>
internal sealed class ClusterFabric
{
    private readonly Lock _gate = new();
    private long _lastObserver;
    private int _lastOrdinal;

    public ClusterFabric(TimeProvider time, SimulationScheduler? simulation)
    {
        Time = time;
        Simulation = simulation;
        IsDirect = simulation is null;
    }

    public TimeProvider Time { get; }

    public SimulationScheduler? Simulation { get; }

    public bool IsDirect { get; private set; }

    public ConcurrentDictionary<GrainId, ActivationData> Directory { get; } = new();

    public ConcurrentDictionary<GrainId, LocalObject> Observers { get; } = new();

    public ConcurrentDictionary<(string State, GrainId Grain), (string ETag, object? State)> Memory { get; } = new();

    /// <summary>Every silo that was ever part of the cluster, in order of joining.</summary>
    public SiloRuntime[] AllSilos { get; private set; } = [];

    /// <summary>The silos that the cluster believes active, in order of their addresses.</summary>
    public SiloRuntime[] ActiveSilos { get; private set; } = [];

    public RuntimeNode[] Nodes { get; private set; } = [];

    public TaskScheduler BackgroundScheduler => Simulation is null ? TaskScheduler.Default : Simulation.TaskScheduler;

    /// <summary>
    /// How promises are made. In a simulation their continuations may run inline, because a scheduler that was captured
    /// is honoured all the same, and combinators such as Task.WhenAll would leave for the thread pool otherwise.
    /// </summary>
    public TaskCreationOptions PromiseOptions =>
        Simulation is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None;

    public int NextOrdinal() => Interlocked.Increment(ref _lastOrdinal);

    public long NextObserver() => Interlocked.Increment(ref _lastObserver);

    /// <summary>A random number from 0 to below the limit; from the seed in a simulation.</summary>
    public int Random(int limit) => Simulation is null ? RandomNumberGenerator.GetInt32(limit) : Simulation.Random.Next(limit);

    public ActivationId NewActivationId()
    {
        if (Simulation is null)
        {
            return new ActivationId(Guid.NewGuid());
        }

        Span<byte> bytes = stackalloc byte[16];
        Simulation.Random.NextBytes(bytes);
        return new ActivationId(new Guid(bytes));
    }

    /// <summary>A timer that runs as long as the silo; it does not keep a simulation going.</summary>
    public ITimer CreateBackgroundTimer(Action action, TimeSpan period) =>
        Simulation is { } simulation
            ? simulation.CreateBackgroundTimer(action, period)
            : Time.CreateTimer(static state => ((Action)state!)(), action, period, period);

    public void AddNode(RuntimeNode node)
    {
        lock (_gate)
        {
            Nodes = [.. Nodes, node];
            if (node is SiloRuntime silo)
            {
                AllSilos = [.. AllSilos, silo];
            }
        }
    }

    public void RemoveNode(RuntimeNode node)
    {
        lock (_gate)
        {
            Nodes = [.. Nodes.Where(other => !ReferenceEquals(other, node))];
        }
    }

    /// <summary>Recomputes the active silos after a status changed.</summary>
    public void RefreshMembers()
    {
        lock (_gate)
        {
            ActiveSilos = [.. AllSilos.Where(silo => silo.Status == SiloStatus.Active).OrderBy(silo => silo.Address)];
        }
    }

    public SiloRuntime? FindSilo(SiloAddress address) => Array.Find(AllSilos, silo => silo.Address.Equals(address));

    /// <summary>From now on messages can be held up, lost or cut, so nothing runs on the caller's thread any more.</summary>
    public void AllowFaults() => IsDirect = false;

    /// <summary>Carries something from one node to another; may lose it.</summary>
    public void Send(RuntimeNode from, RuntimeNode to, Action deliver)
    {
        if (IsDirect || ReferenceEquals(from, to))
        {
            deliver();
            return;
        }

        if (IsCut(from, to))
        {
            return;
        }

        if (Simulation is { } simulation)
        {
            simulation.SendMessage(() =>
            {
                if (!IsCut(from, to))
                {
                    deliver();
                }
            });
            return;
        }

        deliver();
    }

    /// <summary>Carries a response.</summary>
    public void Respond(RuntimeNode from, RuntimeNode to, Action respond)
    {
        if (!from.IsKilled)
        {
            Send(from, to, respond);
        }
    }

    public void Schedule(ActivationData activation)
    {
        if (Simulation is { } simulation)
        {
            simulation.Enqueue(activation);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(activation, preferLocal: true);
        }
    }

    /// <summary>The cluster gives up on a silo: its grains may be placed elsewhere and calls to it fail.</summary>
    public void Forget(SiloRuntime silo)
    {
        RefreshMembers();
        foreach (var (grainId, activation) in Directory)
        {
            if (ReferenceEquals(activation.Silo, silo))
            {
                Directory.TryRemove(KeyValuePair.Create(grainId, activation));
            }
        }

        foreach (var node in Nodes)
        {
            if (!ReferenceEquals(node, silo))
            {
                node.Pending.Fail(
                    request => ReferenceEquals(request.TargetSilo, silo),
                    request => new SiloUnavailableException(
                        $"The target silo {silo.Address} became unavailable for message: {request.Model.InterfaceName}.{request.Model.Name} to {request.Target}."));
            }
        }
    }

    private static bool IsCut(RuntimeNode from, RuntimeNode to) =>
        from.PartitionGroup != to.PartitionGroup || from.IsKilled || to.IsKilled;
}
