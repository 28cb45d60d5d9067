using System.Reflection;
using Orleans.Cluster;
using Orleans.Messages;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>The result of a call that has none.</summary>
internal readonly struct Nothing;

/// <summary>How far a call came before <see cref="RequestSender.Send"/> returned.</summary>
internal enum RequestOutcome
{
    Pending,
    Succeeded,
    Failed,
}

/// <summary>Whoever runs requests: an activation or an observer.</summary>
internal interface IRequestHost
{
    RuntimeNode Node { get; }

    object? Instance { get; }

    IGrainContext? Context { get; }

    /// <summary>The request has run; called once for every request that was started.</summary>
    void OnRequestCompleted(GrainRequest request);

    void OnInconsistentState(Exception exception);

    /// <summary>Runs something in a turn of its own.</summary>
    void QueueTurn(Action action);
}

/// <summary>
/// One call: arguments, message headers and the promise to the caller in one object. Derived classes with the
/// arguments are generated per interface method.
/// </summary>
/// <remarks>
/// A request that is run inline has no <see cref="GrainRequest{T}.Source"/> while its first turn runs: when it completes
/// in that turn the sender reads the outcome from the fields. Otherwise the source is made first and completed later,
/// once, by the response, the timeout, the cancellation or the death of the target's silo, whichever comes first.
/// </remarks>
internal abstract class GrainRequest : IInvokable
{
    private int _isCompleted;

    public GrainReference Reference { get; set; } = null!;

    public RuntimeNode Sender { get; set; } = null!;

    public IGrainContext? SenderContext { get; set; }

    public Dictionary<string, object>? RequestContextData { get; set; }

    public CancellationToken CallerToken { get; set; }

    public CancellationTokenSource? CalleeSource { get; private set; }

    /// <summary>What the generated code passes for a CancellationToken parameter.</summary>
    public CancellationToken CalleeToken => CalleeSource?.Token ?? CancellationToken.None;

    /// <summary>The silo that has the request; it fails when that silo dies.</summary>
    public SiloRuntime? TargetSilo { get; set; }

    /// <summary>Placement chose the silo that the request is sent to.</summary>
    public bool IsPlaced { get; set; }

    public int ForwardCount { get; set; }

    /// <summary>Next in the waiting queue of its activation.</summary>
    public GrainRequest? NextWaiting { get; set; }

    // Place in the sender's list of pending calls; owned by PendingCalls.
    public GrainRequest? PreviousPending { get; set; }

    public GrainRequest? NextPending { get; set; }

    public bool IsListed { get; set; }

    public long DeadlineTimestamp { get; set; }

    public CancellationTokenRegistration CancellationRegistration { get; set; }

    public IRequestHost? Host { get; set; }

    public abstract GrainMethodModel Model { get; }

    public virtual bool IsOneWay => Model.IsOneWay;

    public virtual bool IsReadOnly => Model.IsReadOnly;

    public virtual bool IsAlwaysInterleave => Model.IsAlwaysInterleave;

    /// <summary>The request never leaves its activation: it is dropped, not re-addressed, when that ends.</summary>
    public virtual bool IsLocalOnly => false;

    public virtual bool IsKeepAlive => true;

    public GrainId Target => Reference.GrainId;

    public bool IsCompleted => Volatile.Read(ref _isCompleted) != 0;

    public Exception? Error { get; protected set; }

    public Guid ReentrancyId =>
        RequestContextData is { } data && data.TryGetValue(RequestContext.CallChainReentrancyHeader, out var id) && id is Guid guid
            ? guid
            : Guid.Empty;

    /// <summary>Claims the right to complete the promise.</summary>
    public bool TryClaimCompletion() => Interlocked.Exchange(ref _isCompleted, 1) == 0;

    /// <summary>Completes the promise with a failure of the engine, not of the grain.</summary>
    public void TryFail(Exception exception)
    {
        if (TryClaimCompletion())
        {
            Release();
            SetError(exception);
        }
    }

    /// <summary>Runs the call; the thread is in a turn of the host.</summary>
    public void Run(IRequestHost host)
    {
        if (RequestContextData is { } data)
        {
            RequestContext.Values.Value = data;
        }

        Host = host;
        if (CallerToken.CanBeCanceled)
        {
            CalleeSource = new CancellationTokenSource();
            if (CallerToken.IsCancellationRequested)
            {
                CalleeSource.Cancel();
            }
        }

        if (host.Node.MustFilter(host.Instance))
        {
            InvokeFiltered(host);
        }
        else
        {
            Invoke(host);
        }
    }

    /// <summary>The caller has given up: tells the callee, in a turn of its own.</summary>
    public void SignalCancellation()
    {
        if (Host is { } host && CalleeSource is { } source)
        {
            host.QueueTurn(source.Cancel);
        }
    }

    /// <summary>Makes the promise, before the request can complete in another turn.</summary>
    public abstract void EnsureSource();

    public abstract ValueTask<object?> InvokeBoxed(object target);

    /// <summary>Completes the promise with a value that a filter may have changed; null stands for the default.</summary>
    public abstract void RespondBoxed(IRequestHost host, object? result);

    protected abstract void Invoke(IRequestHost host);

    protected abstract void SetError(Exception exception);

    protected void Release()
    {
        CancellationRegistration.Dispose();
        Sender.Pending.Remove(this);
    }

    public void RespondError(IRequestHost host, Exception exception)
    {
        if (exception is Storage.InconsistentStateException { IsSourceActivation: true } inconsistent)
        {
            inconsistent.IsSourceActivation = false;
            host.OnInconsistentState(exception);
        }

        if (IsOneWay)
        {
            Sender.LogOneWayFailure(this, exception);
            return;
        }

        // A caller on the same silo gets the object itself, one elsewhere what a serializer would make of it.
        var outcome = ReferenceEquals(host.Node.Silo, Sender.Silo) && Sender.Silo is not null ? exception : ExceptionCopier.Copy(exception);
        Deliver(host, () => SetError(outcome));
    }

    protected void Deliver(IRequestHost host, Action respond) => Sender.Fabric.Respond(host.Node, Sender, () =>
    {
        if (TryClaimCompletion())
        {
            Release();
            respond();
        }
    });

    private void InvokeFiltered(IRequestHost host)
    {
        EnsureSource();
        _ = InvokeFilteredAsync(host);
    }

    private async Task InvokeFilteredAsync(IRequestHost host)
    {
        var context = new IncomingCallContext(this, host);
        try
        {
            await context.Invoke();
            context.ThrowIfFailed();
            RespondBoxed(host, context.Result);
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
        }
        finally
        {
            host.OnRequestCompleted(this);
        }
    }

    object? IInvokable.GetTarget() => Host?.Instance;

    int IInvokable.GetArgumentCount() => Model.Arguments.Length;

    object? IInvokable.GetArgument(int index) => Model.Arguments[index] is { } field ? field.GetValue(this) : CallerToken;

    void IInvokable.SetArgument(int index, object value) => Model.Arguments[index]?.SetValue(this, value);

    string IInvokable.GetMethodName() => Model.Name;

    string IInvokable.GetInterfaceName() => Model.InterfaceName;

    MethodInfo IInvokable.GetMethod() => Model.Method;

    Type IInvokable.GetInterfaceType() => Model.InterfaceType;

    void IDisposable.Dispose() => GC.SuppressFinalize(this);
}
