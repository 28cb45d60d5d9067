using Orleans.Activations;
using Orleans.Calls;
using Orleans.Cluster;

namespace Orleans.Runtime;

/// <summary>A reference to a grain or an observer. Typed references derive from it at run time.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly GrainInterfaceModel? _interface;

    internal GrainReference(RuntimeNode node, GrainInterfaceModel? interfaceModel, GrainId grainId)
    {
        Node = node;
        _interface = interfaceModel;
        GrainId = grainId;
    }

    public GrainId GrainId { get; }

    public GrainInterfaceType InterfaceType => _interface?.Id ?? default;

    public string InterfaceName => _interface?.Name ?? "";

    /// <summary>The node whose factory made the reference; calls from outside any grain start there.</summary>
    internal RuntimeNode Node { get; }

    /// <summary>The activation that the last call went to: a hint that saves the look-up while it stays valid.</summary>
    internal ActivationData? Hint { get; set; }

    public TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable => (TGrainInterface)CastTo(typeof(TGrainInterface));

    internal object CastTo(Type interfaceType) =>
        interfaceType.IsInstanceOfType(this) ? this : GrainInterfaceModel.Get(interfaceType).CreateReference(Node, GrainId);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public override int GetHashCode() => GrainId.GetHashCode();

    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceType}";

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    // What the generated methods end with: one per kind of return type.
    internal Task SendTask(GrainRequest<Nothing> request) => RequestSender.Send(this, request) switch
    {
        RequestOutcome.Succeeded => Task.CompletedTask,
        RequestOutcome.Failed => Task.FromException(request.Error!),
        _ => request.Promise!.Task,
    };

    internal Task<T> SendTaskOf<T>(GrainRequest<T> request) => RequestSender.Send(this, request) switch
    {
        RequestOutcome.Succeeded => Task.FromResult(request.Result!),
        RequestOutcome.Failed => Task.FromException<T>(request.Error!),
        _ => request.Promise!.Task,
    };

    internal ValueTask SendValueTask(GrainRequest<Nothing> request) => RequestSender.Send(this, request) switch
    {
        RequestOutcome.Succeeded => default,
        RequestOutcome.Failed => ValueTask.FromException(request.Error!),
        _ => new ValueTask(request.Promise!.Task),
    };

    internal ValueTask<T> SendValueTaskOf<T>(GrainRequest<T> request) => RequestSender.Send(this, request) switch
    {
        RequestOutcome.Succeeded => new ValueTask<T>(request.Result!),
        RequestOutcome.Failed => ValueTask.FromException<T>(request.Error!),
        _ => new ValueTask<T>(request.Promise!.Task),
    };

    internal void SendVoid(GrainRequest<Nothing> request) => RequestSender.Send(this, request);
}
