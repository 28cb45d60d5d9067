using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans.Cluster;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call on its way through a chain of filters; each filter may continue the chain once.</summary>
internal abstract class CallContext(GrainRequest request) : IGrainCallContext
{
    private int _stage;

    public IInvokable Request => request;

    public abstract object Grain { get; }

    public GrainId? SourceId => request.SenderContext?.GrainId;

    public GrainId TargetId => request.Target;

    public GrainInterfaceType InterfaceType => request.Model.InterfaceId;

    public string InterfaceName => request.Model.InterfaceName;

    public string MethodName => request.Model.Name;

    public MethodInfo InterfaceMethod => request.Model.Method;

    public object? Result
    {
        get => Response is { Exception: null } response ? response.Result : null;
        set => Response = Response.FromResult(value);
    }

    public Response? Response { get; set; }

    protected GrainRequest GrainRequest => request;

    public async Task Invoke()
    {
        try
        {
            var stage = _stage++;
            if (stage < FilterCount)
            {
                await InvokeFilter(stage);
                if (Response is null)
                {
                    throw new InvalidOperationException($"A call filter neither continued the call {MethodName} nor set its result.");
                }

                return;
            }

            if (stage > FilterCount)
            {
                throw new InvalidOperationException("A call filter continued the call twice at once.");
            }

            Response = Response.FromResult(await InvokeTarget());
        }
        finally
        {
            _stage--;
        }
    }

    /// <summary>The exception of the response, thrown; otherwise nothing.</summary>
    public void ThrowIfFailed()
    {
        if (Response?.Exception is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }
    }

    protected abstract int FilterCount { get; }

    protected abstract Task InvokeFilter(int index);

    protected abstract Task<object?> InvokeTarget();
}

internal sealed class IncomingCallContext(GrainRequest request, IRequestHost host) : CallContext(request), IIncomingGrainCallContext
{
    public override object Grain => host.Instance!;

    public IGrainContext TargetContext => host.Context!;

    public MethodInfo ImplementationMethod
    {
        get
        {
            if (!GrainRequest.Model.InterfaceType.IsInstanceOfType(Grain))
            {
                // A timer's tick is no method of the grain.
                return InterfaceMethod;
            }

            var map = Grain.GetType().GetInterfaceMap(GrainRequest.Model.InterfaceType);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, InterfaceMethod)];
        }
    }

    protected override int FilterCount => host.Node.IncomingFilters.Length + (Grain is IIncomingGrainCallFilter ? 1 : 0);

    protected override Task InvokeFilter(int index) =>
        index < host.Node.IncomingFilters.Length
            ? host.Node.IncomingFilters[index].Invoke(this)
            : ((IIncomingGrainCallFilter)Grain).Invoke(this);

    protected override Task<object?> InvokeTarget() => GrainRequest.InvokeBoxed(Grain).AsTask();
}

internal sealed class OutgoingCallContext<TResult> : CallContext, IOutgoingGrainCallContext
{
    private readonly RuntimeNode _node;
    private readonly GrainRequest<TResult> _request;
    private readonly TaskCompletionSource<TResult> _promise;

    public OutgoingCallContext(RuntimeNode node, GrainRequest<TResult> request) : base(request)
    {
        _node = node;
        _request = request;
        request.FilteredSource = _promise = new TaskCompletionSource<TResult>(node.Fabric.PromiseOptions);
    }

    public override object Grain => _request.Reference;

    public IGrainContext? SourceContext => _request.SenderContext;

    protected override int FilterCount => _node.OutgoingFilters.Length;

    public async Task RunAsync()
    {
        try
        {
            await Invoke();
            ThrowIfFailed();
            _promise.TrySetResult(Result is TResult result ? result : default!);
        }
        catch (Exception exception)
        {
            _promise.TrySetException(exception);
        }
    }

    protected override Task InvokeFilter(int index) => _node.OutgoingFilters[index].Invoke(this);

    protected override async Task<object?> InvokeTarget()
    {
        _request.RequestContextData = RequestSender.ExportRequestContext();
        _request.EnsureSource();
        Router.Route(_request, _node);
        return _request.Source is { } source ? await source.Task : null;
    }
}
