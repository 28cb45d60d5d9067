using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>A client outside the silos: its calls enter the cluster through a silo chosen by the grain.</summary>
internal sealed class ClientNode : RuntimeNode
{
    private readonly Func<GrainTypeMap> _grainTypes;

    public ClientNode(ClusterFabric fabric, IServiceProvider services, Func<GrainTypeMap> grainTypes, TimeSpan responseTimeout, ILogger logger) : base(fabric)
    {
        _grainTypes = grainTypes;
        ResponseTimeout = responseTimeout;
        Logger = logger;
        GrainFactory = new GrainFactory(this, services);
        Pending = new PendingCalls(this, fabric.Time, disarmWhenEmpty: fabric.Simulation is not null);
        fabric.AddNode(this);
    }

    public override SiloRuntime? Silo => null;

    public override GrainTypeMap GrainTypes => _grainTypes();

    public override ILogger Logger { get; }

    public override TimeSpan ResponseTimeout { get; }

    public override SiloRuntime GatewayFor(GrainId grainId)
    {
        var silos = Fabric.ActiveSilos;
        var reachable = Array.FindAll(silos, silo => silo.PartitionGroup == PartitionGroup);
        return reachable.Length > 0
            ? reachable[grainId.GetUniformHashCode() % (uint)reachable.Length]
            : throw new SiloUnavailableException("No active silo is reachable.");
    }
}
