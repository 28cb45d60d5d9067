using Microsoft.Extensions.Logging;
using Orleans.Calls;

namespace Orleans.Cluster;

/// <summary>A place that calls come from and go to: a silo or a client.</summary>
internal abstract class RuntimeNode
{
    protected RuntimeNode(ClusterFabric fabric) => Fabric = fabric;

    public ClusterFabric Fabric { get; }

    public abstract SiloRuntime? Silo { get; }

    public abstract GrainTypeMap GrainTypes { get; }

    public abstract ILogger Logger { get; }

    public abstract TimeSpan ResponseTimeout { get; }

    public PendingCalls Pending { get; protected set; } = null!;

    public GrainFactory GrainFactory { get; protected set; } = null!;

    public IIncomingGrainCallFilter[] IncomingFilters { get; protected set; } = [];

    public IOutgoingGrainCallFilter[] OutgoingFilters { get; protected set; } = [];

    /// <summary>Nodes of different groups cannot reach each other.</summary>
    public int PartitionGroup { get; set; }

    /// <summary>The process is gone: what it still tries to send goes nowhere.</summary>
    public bool IsKilled { get; protected set; }

    /// <summary>The silo that places grains for this node: itself, or the gateway of a client.</summary>
    public abstract SiloRuntime GatewayFor(Orleans.Runtime.GrainId grainId);

    public bool MustFilter(object? instance) => IncomingFilters.Length > 0 || instance is IIncomingGrainCallFilter;

    public void LogDropped(GrainRequest request)
    {
        if (Logger.IsEnabled(LogLevel.Debug))
        {
            Logger.LogDebug("Call {Method} to {Observer} is dropped: no such observer.", request.Model.Name, request.Target);
        }
    }

    public void LogOneWayFailure(GrainRequest request, Exception exception) =>
        Logger.LogWarning(exception, "One-way call {Method} of {Grain} failed.", request.Model.Name, request.Target);
}
