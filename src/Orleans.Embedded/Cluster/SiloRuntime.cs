using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Activations;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Orleans.Cluster;

/// <summary>One silo: its activations, its place in the cluster and its lifecycle.</summary>
internal sealed class SiloRuntime : RuntimeNode, ILocalSiloDetails, IPlacementContext, ISiloMetadataCache, IDisposable
{
    private readonly ConcurrentDictionary<GrainId, ActivationData> _activations = new();
    private readonly ConcurrentDictionary<GrainId, StatelessWorkers> _workers = new();
    private readonly Lock _parkGate = new();
    private readonly SiloMessagingOptions _messaging;
    private readonly ClusterOptions _cluster;
    private readonly SiloLifecycle _lifecycle;
    private readonly ITimer _collector;
    private readonly SiloMetadata _metadata;
    private List<ActivationData>? _parked;
    private long _lastNumber;

    public SiloRuntime(ClusterFabric fabric, IServiceProvider services) : base(fabric)
    {
        Services = services;
        Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.Silo");
        Collection = Checked(services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value);
        _messaging = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value;
        _cluster = services.GetRequiredService<IOptions<ClusterOptions>>().Value;
        _metadata = services.GetRequiredService<IOptions<SiloMetadata>>().Value;
        var endpoint = services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        Ordinal = fabric.NextOrdinal();
        Name = services.GetRequiredService<IOptions<SiloOptions>>().Value.SiloName is { Length: > 0 } name ? name : $"Silo_{Ordinal}";
        Address = SiloAddress.New(endpoint.AdvertisedIPAddress, endpoint.SiloPort, Ordinal);
        GatewayAddress = SiloAddress.New(endpoint.AdvertisedIPAddress, endpoint.GatewayPort, Ordinal);
        GrainTypes = new GrainTypeMap(services.GetRequiredService<IOptions<GrainTypeOptions>>().Value);
        GrainTypes.CheckAgeLimits(Collection.CollectionQuantum);
        GrainFactory = new GrainFactory(this, services);
        Pending = new PendingCalls(this, Time, disarmWhenEmpty: fabric.Simulation is not null);
        _lifecycle = new SiloLifecycle(Logger);
        _collector = CreateCollector();
    }

    public IServiceProvider Services { get; }

    public int Ordinal { get; }

    public string Name { get; }

    public SiloAddress Address { get; }

    public SiloAddress GatewayAddress { get; }

    public SiloStatus Status { get; private set; } = SiloStatus.Created;

    /// <summary>The cluster has given the silo up, but it runs on.</summary>
    public bool IsEvicted { get; private set; }

    public bool IsPaused { get; private set; }

    public GrainCollectionOptions Collection { get; }

    public TimeProvider Time => Fabric.Time;

    public override SiloRuntime? Silo => this;

    public override GrainTypeMap GrainTypes { get; }

    public override ILogger Logger { get; }

    public override TimeSpan ResponseTimeout => _messaging.ResponseTimeout;

    public bool AllowsInline => IncomingFilters.Length == 0 && !IsKilled && !IsPaused;

    public int ActivationCount => _activations.Count + _workers.Values.Sum(workers => workers.Count);

    string ILocalSiloDetails.ClusterId => _cluster.ClusterId;

    string ILocalSiloDetails.DnsHostName => "localhost";

    SiloAddress ILocalSiloDetails.SiloAddress => Address;

    SiloAddress IPlacementContext.LocalSilo => Address;

    SiloStatus IPlacementContext.LocalSiloStatus => Status;

    public SiloAddress[] GetCompatibleSilos(PlacementTarget target)
    {
        var silos = Fabric.ActiveSilos.Where(silo => silo.GrainTypes.Contains(target.GrainIdentity.Type)).Select(silo => silo.Address).ToArray();
        return silos.Length > 0 ? silos : throw new OrleansException($"No active silo is compatible with grain {target.GrainIdentity}.");
    }

    SiloMetadata ISiloMetadataCache.GetSiloMetadata(SiloAddress siloAddress) => Fabric.FindSilo(siloAddress)?._metadata ?? SiloMetadata.Empty;

    public override SiloRuntime GatewayFor(GrainId grainId) => this;

    public IPlacementDirector DirectorOf(PlacementStrategy strategy) =>
        Services.GetKeyedService<IPlacementDirector>(strategy.GetType())
        ?? throw new OrleansConfigurationException($"No placement director is registered for {strategy.GetType()}.");

    public IEnumerable<(string GrainClass, int Count)> CountActivations() =>
        _activations.Values.Select(activation => activation.Model)
            .Concat(_workers.Values.SelectMany(workers => Enumerable.Repeat(workers.Model, workers.Count)))
            .GroupBy(model => model.Class.FullName!)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, group.Count()));

    // ---- Requests ----------------------------------------------------------------------------------------------

    public bool HasActivation(GrainId grainId) =>
        _activations.TryGetValue(grainId, out var activation) && activation.State != ActivationState.Invalid;

    /// <summary>Takes a request that another node, or this one, sent here.</summary>
    public void Receive(GrainRequest request)
    {
        if (IsKilled)
        {
            // An activation that was being made when the silo died may have come into the directory after the others left it.
            if (Fabric.Directory.TryGetValue(request.Target, out var lost) && ReferenceEquals(lost.Silo, this))
            {
                Fabric.Directory.TryRemove(KeyValuePair.Create(request.Target, lost));
            }

            request.TryFail(new SiloUnavailableException($"The target silo {Address} is not available."));
            return;
        }

        try
        {
            Accept(request);
        }
        catch (Exception exception)
        {
            request.TryFail(exception);
        }
    }

    public ActivationData CreateActivation(GrainTypeModel model, GrainId grainId) =>
        new(this, model, grainId, Interlocked.Increment(ref _lastNumber));

    private void Accept(GrainRequest request)
    {
        var model = GrainTypes.Get(request.Target.Type);
        if (model.Strategy is StatelessWorkerPlacement)
        {
            _workers.GetOrAdd(request.Target, static (id, state) => new StatelessWorkers(state.Silo, state.Model, id), (Silo: this, Model: model))
                .Receive(request);
            return;
        }

        if (_activations.TryGetValue(request.Target, out var activation) && activation.TryReceive(request))
        {
            request.Reference.Hint = activation;
        }
        else if (request.IsPlaced && Status == SiloStatus.Active)
        {
            Create(model, request);
        }
        else if (Fabric.Directory.TryGetValue(request.Target, out var registered)
            && ReferenceEquals(registered.Silo, this) && registered.TryReceive(request))
        {
            // Registered, and not yet among this silo's own: another thread is creating it at this moment.
            request.Reference.Hint = registered;
        }
        else
        {
            request.IsPlaced = false;
            Router.Forward(request, this);
        }
    }

    private void Create(GrainTypeModel model, GrainRequest request)
    {
        var created = CreateActivation(model, request.Target);
        created.OnEnded = Remove;
        var registered = Fabric.Directory.GetOrAdd(request.Target, created);
        if (!ReferenceEquals(registered, created))
        {
            request.IsPlaced = false;
            Router.Forward(request, this);
            return;
        }

        _activations[request.Target] = created;
        created.TryReceive(request);
        created.Start();
        request.Reference.Hint = created;
        if (Status != SiloStatus.Active)
        {
            // The silo began to stop meanwhile, and may have looked at its activations already.
            created.Deactivate(ShutdownReason);
        }
    }

    private void Remove(ActivationData activation)
    {
        Fabric.Directory.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
        _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
    }

    // ---- Life --------------------------------------------------------------------------------------------------

    private static DeactivationReason ShutdownReason => new(DeactivationReasonCode.ShuttingDown, "This process is terminating.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IncomingFilters = [.. Services.GetServices<IIncomingGrainCallFilter>()];
        OutgoingFilters = [.. Services.GetServices<IOutgoingGrainCallFilter>()];
        Status = SiloStatus.Joining;
        Fabric.AddNode(this);
        foreach (var participant in Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>())
        {
            participant.Participate(_lifecycle);
        }

        _lifecycle.Subscribe(nameof(SiloRuntime), ServiceLifecycleStage.BecomeActive, BecomeActive, DeactivateAllAsync);
        await _lifecycle.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (IsKilled || Status == SiloStatus.Dead)
        {
            return;
        }

        await _lifecycle.StopAsync(cancellationToken);
        Status = SiloStatus.Dead;
        IsKilled = true;
        Fabric.Forget(this);
        Fabric.RemoveNode(this);
        Dispose();
    }

    /// <summary>The process dies at once: nothing of the silo runs any more.</summary>
    public void Kill()
    {
        if (IsKilled || (Status == SiloStatus.Dead && !IsEvicted))
        {
            return;
        }

        IsKilled = true;
        Status = SiloStatus.Dead;
        Fabric.RemoveNode(this);
        foreach (var activation in AllActivations())
        {
            activation.Kill();
        }

        Fabric.Forget(this);
        Dispose();
    }

    /// <summary>The others declare the silo dead; it does not notice.</summary>
    public void Evict()
    {
        Fabric.AllowFaults();
        IsEvicted = true;
        Status = SiloStatus.Dead;
        Fabric.Forget(this);
    }

    public void Pause()
    {
        Fabric.AllowFaults();
        lock (_parkGate)
        {
            IsPaused = true;
            _parked ??= [];
        }
    }

    public void Resume()
    {
        List<ActivationData> parked;
        lock (_parkGate)
        {
            IsPaused = false;
            parked = _parked ?? [];
            _parked = null;
        }

        parked.ForEach(activation => activation.ResumeTurns());
    }

    /// <summary>Holds an activation back while the silo is paused.</summary>
    public bool TryPark(ActivationData activation)
    {
        if (!IsPaused)
        {
            return false;
        }

        lock (_parkGate)
        {
            _parked?.Add(activation);
            return _parked is not null;
        }
    }

    public void Dispose()
    {
        _collector.Dispose();
        Pending.Dispose();
    }

    private Task BecomeActive(CancellationToken cancellationToken)
    {
        Status = SiloStatus.Active;
        Fabric.RefreshMembers();
        return Task.CompletedTask;
    }

    private async Task DeactivateAllAsync(CancellationToken cancellationToken)
    {
        Status = SiloStatus.ShuttingDown;
        Fabric.RefreshMembers();
        try
        {
            while (AllActivations() is { Count: > 0 } activations)
            {
                activations.ForEach(activation => activation.Deactivate(ShutdownReason, CancellationToken.None));
                await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(Collection.DeactivationTimeout, Time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            Logger.LogWarning("Silo {Silo} stops although grains are still running calls.", Name);
        }

        Status = SiloStatus.Stopping;
    }

    private List<ActivationData> AllActivations() =>
        [.. _activations.Values.Concat(_workers.Values.SelectMany(workers => workers.ToArray())).OrderBy(activation => activation.Number)];

    private ITimer CreateCollector()
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            return Fabric.CreateBackgroundTimer(Collect, Collection.CollectionQuantum);
        }
    }

    private void Collect()
    {
        if (IsPaused || IsKilled)
        {
            return;
        }

        var now = Time.GetUtcNow();
        foreach (var activation in AllActivations())
        {
            var limit = activation.Model.AgeLimit
                ?? (Collection.ClassSpecificCollectionAge.TryGetValue(activation.Model.Class.FullName!, out var specific) ? specific : Collection.CollectionAge);
            if (limit != Timeout.InfiniteTimeSpan)
            {
                activation.CollectIfIdle(now, limit);
            }
        }
    }

    private static GrainCollectionOptions Checked(GrainCollectionOptions options) =>
        options.CollectionQuantum > TimeSpan.Zero && options.CollectionAge > options.CollectionQuantum
            ? options
            : throw new OrleansConfigurationException(
                $"{nameof(GrainCollectionOptions.CollectionQuantum)} ({options.CollectionQuantum}) must be positive and less than {nameof(GrainCollectionOptions.CollectionAge)} ({options.CollectionAge}).");
}
