using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>An object that grains can call: runs its calls one after the other, outside any activation.</summary>
/// <remarks>Holds the object weakly, as Orleans does: whoever created the reference keeps the object alive.</remarks>
internal sealed class LocalObject(RuntimeNode node, GrainId id, IGrainObserver target) : IRequestHost
{
    private static readonly GrainType ObserverType = GrainType.Create("sys.observer");

    private readonly Lock _gate = new();
    private readonly Queue<GrainRequest> _waiting = new();
    private readonly WeakReference<IGrainObserver> _target = new(target);
    private bool _isBusy;

    public RuntimeNode Node => node;

    public GrainId Id => id;

    public object? Instance => _target.TryGetTarget(out var live) ? live : null;

    public IGrainContext? Context => null;

    public static GrainId NewId(ClusterFabric fabric) => GrainId.Create(ObserverType, GrainIdKeyExtensions.CreateIntegerKey(fabric.NextObserver()));

    public static bool IsObserver(GrainId id) => id.Type.Equals(ObserverType);

    public void Receive(GrainRequest request)
    {
        lock (_gate)
        {
            _waiting.Enqueue(request);
            RunNext();
        }
    }

    public void OnRequestCompleted(GrainRequest request)
    {
        lock (_gate)
        {
            _isBusy = false;
            RunNext();
        }
    }

    public void OnInconsistentState(Exception exception)
    {
    }

    public void QueueTurn(Action action) => Start(action);

    private void RunNext()
    {
        if (!_isBusy && _waiting.TryDequeue(out var request))
        {
            _isBusy = true;
            Start(() => Run(request));
        }
    }

    private void Run(GrainRequest request)
    {
        if (Instance is null)
        {
            node.Fabric.Observers.TryRemove(id, out _);
            node.LogDropped(request);
            OnRequestCompleted(request);
            return;
        }

        request.Run(this);
    }

    private void Start(Action action)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, node.Fabric.BackgroundScheduler);
        }
    }
}
