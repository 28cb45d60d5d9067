using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Cluster;
using Orleans.Runtime;
using Orleans.Simulation;

namespace Orleans.Activations;

/// <summary>One activation of a grain: its turns, the requests that wait or run, and its life.</summary>
/// <remarks>
/// Invariants, under the gate: at most one thread is in a turn (<see cref="TurnStatus.Running"/>); the activation is
/// queued for a thread exactly when it is <see cref="TurnStatus.Queued"/>; a null in the work queue stands for the pump,
/// which starts waiting requests, and is there at most once.
/// </remarks>
#pragma warning disable CA1001 // Its cancellation source is disposed when the activation ends.
internal sealed class ActivationData : IGrainContext, IRequestHost, IThreadPoolWorkItem, ISimulationUnit
{
    private const int MaxItemsPerTurn = 32;

    private readonly Lock _gate = new();
    private readonly Queue<Task?> _work = new();
    private readonly TaskCompletionSource _deactivated;
    private readonly GrainLifecycle _lifecycle;
    private readonly WaitingRequests _waiting = new();
    private readonly CancellationTokenSource _activating;

    private TurnStatus _turn;
    private bool _isPumpQueued;
    private bool _isOperating;
    private bool _isActivatedOnce;
    private int _running;
    private GrainRequest? _blocking;
    private Dictionary<Guid, int>? _reentrantSections;
    private Dictionary<Type, object>? _components;
    private List<IDisposable>? _timers;
    private AsyncServiceScope? _scope;
    private DeactivationReason _reason;
    private Dictionary<string, object>? _activationContext;
    private bool _isUsed = true;
    private DateTimeOffset _lastUsed;
    private DateTimeOffset _keepUntil;
    private GrainReference? _reference;

    public ActivationData(SiloRuntime silo, GrainTypeModel model, GrainId grainId, long number)
    {
        Silo = silo;
        Model = model;
        GrainId = grainId;
        Number = number;
        ActivationId = silo.Fabric.NewActivationId();
        Scheduler = new ActivationScheduler(this);
        _deactivated = new TaskCompletionSource(silo.Fabric.PromiseOptions);
        _lifecycle = new GrainLifecycle(silo.Logger);
        _activating = new CancellationTokenSource();
    }

#pragma warning restore CA1001

    private enum TurnStatus
    {
        Idle,
        Queued,
        Running,
    }

    public SiloRuntime Silo { get; }

    public GrainTypeModel Model { get; }

    /// <summary>Number of the activation in its silo, in order of creation.</summary>
    public long Number { get; }

    public ActivationState State { get; private set; }

    public GrainId GrainId { get; }

    public ActivationId ActivationId { get; }

    public ActivationScheduler Scheduler { get; }

    public object? GrainInstance { get; private set; }

    /// <summary>Called once, when the activation has ended or its silo was killed.</summary>
    public Action<ActivationData>? OnEnded { get; set; }

    public GrainAddress Address => new() { GrainId = GrainId, ActivationId = ActivationId, SiloAddress = Silo.Address };

    public GrainReference GrainReference => _reference ??= new GrainReference(Silo, null, GrainId);

    public IServiceProvider ActivationServices => _scope?.ServiceProvider ?? Silo.Services;

    public IGrainLifecycle ObservableLifecycle => _lifecycle;

    public Task Deactivated => _deactivated.Task;

    public RuntimeNode Node => Silo;

    public object? Instance => GrainInstance;

    public IGrainContext Context => this;

    IWorkItemScheduler IGrainContext.Scheduler => Scheduler;

    public ulong TraceId => ((ulong)Silo.Ordinal << 48) ^ ((ulong)Number << 32) ^ GrainId.GetUniformHashCode();

    public int Load
    {
        get
        {
            lock (_gate)
            {
                return _running + _waiting.Count;
            }
        }
    }

    object? Orleans.Serialization.Invocation.ITargetHolder.GetTarget() => GrainInstance;

    public object? GetComponent(Type componentType)
    {
        lock (_gate)
        {
            return _components is not null && _components.TryGetValue(componentType, out var component)
                ? component
                : componentType.IsInstanceOfType(GrainInstance) ? GrainInstance : null;
        }
    }

    public void SetComponent<TComponent>(TComponent? value) where TComponent : class
    {
        lock (_gate)
        {
            _components ??= [];
            if (value is null)
            {
                _components.Remove(typeof(TComponent));
            }
            else
            {
                _components[typeof(TComponent)] = value;
            }
        }
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override string ToString() => $"[Activation: {Silo.Address}/{GrainId}{ActivationId} State={State}]";

    // ---- Turns -------------------------------------------------------------------------------------------------

    public void QueueTask(Task task)
    {
        lock (_gate)
        {
            if (!Silo.IsKilled)
            {
                _work.Enqueue(task);
                Wake();
            }
        }
    }

    public void QueueTurn(Action action) => Scheduler.QueueAction(action);

    public IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return [.. _work.OfType<Task>()];
        }
    }

    /// <summary>Takes the turn for a call on the caller's thread; false when the call must be queued.</summary>
    public bool TryEnterInline(GrainRequest request)
    {
        lock (_gate)
        {
            if (State != ActivationState.Valid || _turn != TurnStatus.Idle || _work.Count > 0 || _waiting.Count > 0
                || !Silo.AllowsInline || (_running > 0 && !MayStart(request)))
            {
                return false;
            }

            _turn = TurnStatus.Running;
            RecordStart(request);
            return true;
        }
    }

    /// <summary>Runs a call in the turn that <see cref="TryEnterInline"/> took.</summary>
    public void RunInline(GrainRequest request)
    {
        request.Host = this;
        var outer = RuntimeContext.Current;
        RuntimeContext.Current = this;
        try
        {
            new Task(static state => ((GrainRequest)state!).Run(((GrainRequest)state).Host!), request).RunSynchronously(Scheduler);
        }
        finally
        {
            RuntimeContext.Current = outer;
            EndTurn();
        }
    }

    /// <summary>Runs queued work on a thread of the pool.</summary>
    public void Execute()
    {
        if (!BeginTurn())
        {
            return;
        }

        RuntimeContext.Current = this;
        try
        {
            for (var items = 0; items < MaxItemsPerTurn && TryTakeWork(out var task); items++)
            {
                RunItem(task);
            }
        }
        finally
        {
            RuntimeContext.Current = null;
            EndTurn();
        }
    }

    /// <summary>Runs one piece of queued work on the thread of the simulation.</summary>
    public void RunStep()
    {
        if (!BeginTurn())
        {
            return;
        }

        var outer = RuntimeContext.Current;
        RuntimeContext.Current = this;
        try
        {
            if (TryTakeWork(out var task))
            {
                RunItem(task);
            }
        }
        finally
        {
            RuntimeContext.Current = outer;
            EndTurn();
        }
    }

    /// <summary>The silo goes on after a pause: queues the activation again if it was held back.</summary>
    public void ResumeTurns() => Silo.Fabric.Schedule(this);

    private bool TryTakeWork(out Task? task)
    {
        lock (_gate)
        {
            return _work.TryDequeue(out task);
        }
    }

    private void RunItem(Task? task)
    {
        if (task is not null)
        {
            Scheduler.Execute(task);
        }
        else
        {
            new Task(static state => ((ActivationData)state!).Pump(), this).RunSynchronously(Scheduler);
        }
    }

    private bool BeginTurn()
    {
        lock (_gate)
        {
            if (Silo.IsKilled)
            {
                _work.Clear();
                _turn = TurnStatus.Idle;
                return false;
            }

            // A parked activation stays Queued, so that nobody queues it again before the silo goes on.
            if (Silo.TryPark(this))
            {
                return false;
            }

            _turn = TurnStatus.Running;
            return true;
        }
    }

    private void EndTurn()
    {
        lock (_gate)
        {
            _turn = TurnStatus.Idle;
            if (_work.Count > 0)
            {
                Wake();
            }
        }
    }

    private void Wake()
    {
        if (_turn == TurnStatus.Idle)
        {
            _turn = TurnStatus.Queued;
            Silo.Fabric.Schedule(this);
        }
    }

    private void QueuePump()
    {
        if (!_isPumpQueued && !Silo.IsKilled)
        {
            _isPumpQueued = true;
            _work.Enqueue(null);
            Wake();
        }
    }

    // ---- Requests ----------------------------------------------------------------------------------------------

    /// <summary>Takes a request; false when the activation has ended and the request must go elsewhere.</summary>
    public bool TryReceive(GrainRequest request)
    {
        lock (_gate)
        {
            if (State == ActivationState.Invalid)
            {
                return false;
            }

            _activationContext ??= request.RequestContextData;
            _waiting.Add(request);
            QueuePump();
            return true;
        }
    }

    public void OnRequestCompleted(GrainRequest request)
    {
        lock (_gate)
        {
            _running--;
            _isUsed |= request.IsKeepAlive;
            if (_blocking is null || ReferenceEquals(_blocking, request))
            {
                _blocking = null;
            }

            if (_waiting.Count > 0 || State == ActivationState.Deactivating)
            {
                QueuePump();
            }
        }
    }

    public void OnInconsistentState(Exception exception) =>
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception, "The grain's stored state changed behind its back."));

    public void EnterReentrantSection(Guid id)
    {
        lock (_gate)
        {
            _reentrantSections ??= [];
            _reentrantSections[id] = _reentrantSections.GetValueOrDefault(id) + 1;
        }
    }

    public void ExitReentrantSection(Guid id)
    {
        lock (_gate)
        {
            if (_reentrantSections is { } sections && --sections[id] == 0)
            {
                sections.Remove(id);
            }
        }
    }

    // What the pump may do next; decided under the gate, done outside it.
    private void Pump()
    {
        var context = ExecutionContext.Capture()!;
        while (true)
        {
            GrainRequest? request = null;
            Func<Task>? operation = null;
            lock (_gate)
            {
                _isPumpQueued = false;
                operation = NextOperation();
                if (operation is null && State == ActivationState.Valid)
                {
                    request = TakeNext();
                    if (request is not null)
                    {
                        RecordStart(request);
                    }
                }

                // In a simulation each request is a turn of its own, so that others may come between.
                if (request is not null && Silo.Fabric.Simulation is not null && _waiting.Count > 0)
                {
                    QueuePump();
                }
            }

            if (operation is not null)
            {
                _ = operation();
                return;
            }

            if (request is null)
            {
                return;
            }

            var started = Stopwatch.GetTimestamp();
            request.Run(this);
            request.Model.Inline.Record(started);
            if (!ReferenceEquals(ExecutionContext.Capture(), context))
            {
                ExecutionContext.Restore(context);
            }

            if (Silo.Fabric.Simulation is not null)
            {
                return;
            }
        }
    }

    private GrainRequest? TakeNext()
    {
        // Orleans promises no order of messages, so a simulation does not keep any.
        var random = Silo.Fabric.Simulation is not null && _waiting.Count > 1 ? Silo.Fabric.Random(_waiting.Count) : 0;
        return (random > 0 ? _waiting.TakeAt(random, MayStart) : null) ?? _waiting.TakeFirst(MayStart);
    }

    private Func<Task>? NextOperation()
    {
        if (_isOperating)
        {
            return null;
        }

        if (State == ActivationState.Creating)
        {
            State = ActivationState.Activating;
            _isOperating = true;
            return ActivateAsync;
        }

        if (State == ActivationState.Deactivating && _running == 0)
        {
            _isOperating = true;
            return FinishDeactivatingAsync;
        }

        return null;
    }

    private void RecordStart(GrainRequest request)
    {
        _running++;
        if (_blocking is null && !request.IsAlwaysInterleave)
        {
            _blocking = request;
        }
    }

    private bool MayStart(GrainRequest request) =>
        _running == 0
        || request.IsAlwaysInterleave
        || _blocking is null
        || (_blocking.IsReadOnly && request.IsReadOnly)
        || (_reentrantSections is { Count: > 0 } sections && request.ReentrancyId is var id && id != Guid.Empty && sections.ContainsKey(id))
        || Model.MayInterleave(GrainInstance, request)
        || Model.MayInterleave(GrainInstance, _blocking);

    // ---- Life --------------------------------------------------------------------------------------------------

    /// <summary>Queues the activation's first turn.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _lastUsed = Silo.Time.GetUtcNow();
            QueuePump();
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (State is not (ActivationState.Creating or ActivationState.Activating or ActivationState.Valid))
            {
                return;
            }

            _reason = deactivationReason;
            _isActivatedOnce = State == ActivationState.Valid;
            State = ActivationState.Deactivating;
            _activating.Cancel();
            QueuePump();
        }
    }

    public void DelayDeactivation(TimeSpan timeSpan)
    {
        var now = Silo.Time.GetUtcNow();
        lock (_gate)
        {
            _keepUntil = timeSpan == TimeSpan.MaxValue || timeSpan == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue
                : timeSpan <= TimeSpan.Zero ? default
                : now + timeSpan;
        }
    }

    /// <summary>Starts deactivation when the activation has not been used for longer than its age limit.</summary>
    public void CollectIfIdle(DateTimeOffset now, TimeSpan ageLimit)
    {
        bool isStale;
        lock (_gate)
        {
            if (_isUsed || _running > 0 || _waiting.Count > 0)
            {
                _isUsed = false;
                _lastUsed = now;
            }

            isStale = State == ActivationState.Valid && now - _lastUsed >= ageLimit && now >= _keepUntil;
        }

        if (isStale)
        {
            Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation was idle for longer than its age limit."));
        }
    }

    /// <summary>The silo died: no turn runs any more, and waiting requests are left to whoever sent them.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            State = ActivationState.Invalid;
            _work.Clear();
            _waiting.TakeAll();
        }

        DisposeTimers();
        OnEnded?.Invoke(this);
        _deactivated.TrySetResult();
    }

    public void AddTimer(IDisposable timer)
    {
        lock (_gate)
        {
            (_timers ??= []).Add(timer);
        }
    }

    public void RemoveTimer(IDisposable timer)
    {
        lock (_gate)
        {
            _timers?.Remove(timer);
        }
    }

    private async Task ActivateAsync()
    {
        if (_activationContext is not null)
        {
            RequestContext.Values.Value = _activationContext;
        }

        try
        {
            using var timeout = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _activating.Token);
            _scope = Silo.Services.CreateAsyncScope();
            _scope.Value.ServiceProvider.GetRequiredService<GrainContextHolder>().Context = this;
            GrainInstance = Model.Constructor.Create(this);
            if (_lifecycle.HasObservers)
            {
                await _lifecycle.StartAsync(either.Token).WaitAsync(either.Token);
            }

            if (GrainInstance is IGrainBase grain)
            {
                await grain.OnActivateAsync(either.Token).WaitAsync(either.Token);
            }

            lock (_gate)
            {
                if (State == ActivationState.Activating)
                {
                    State = ActivationState.Valid;
                }
            }
        }
        catch (Exception exception)
        {
            Silo.Logger.LogWarning(exception, "Activating {Grain} failed.", GrainId);
            Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationFailed, exception, "Failed to activate grain."));
        }

        lock (_gate)
        {
            _isOperating = false;
            QueuePump();
        }
    }

    private async Task FinishDeactivatingAsync()
    {
        DisposeTimers();
        using var timeout = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
        if (_isActivatedOnce && GrainInstance is IGrainBase grain)
        {
            await Attempt(() => grain.OnDeactivateAsync(_reason, timeout.Token).WaitAsync(timeout.Token));
        }

        await Attempt(() => _lifecycle.StopAsync(timeout.Token).WaitAsync(timeout.Token));
        OnEnded?.Invoke(this);
        List<GrainRequest> waiting;
        lock (_gate)
        {
            State = ActivationState.Invalid;
            waiting = _waiting.TakeAll();
        }

        await Attempt(DisposeInstanceAsync);
        _deactivated.TrySetResult();
        Readdress(waiting);
    }

    private void Readdress(List<GrainRequest> requests)
    {
        var failure = _isActivatedOnce ? null : _reason.Exception;
        foreach (var request in requests.Where(request => !request.IsLocalOnly))
        {
            if (failure is not null)
            {
                request.RespondError(this, failure);
            }
            else
            {
                request.IsPlaced = false;
                Router.Forward(request, Silo);
            }
        }
    }

    private async Task DisposeInstanceAsync()
    {
        if (GrainInstance is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync();
        }
        else
        {
            (GrainInstance as IDisposable)?.Dispose();
        }

        if (_scope is { } scope)
        {
            await scope.DisposeAsync();
        }

        _activating.Dispose();
    }

    private void DisposeTimers()
    {
        List<IDisposable> timers;
        lock (_gate)
        {
            timers = _timers ?? [];
            _timers = null;
        }

        timers.ForEach(timer => timer.Dispose());
    }

    private async Task Attempt(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception)
        {
            Silo.Logger.LogWarning(exception, "Deactivating {Grain}: a step failed.", GrainId);
        }
    }
}
