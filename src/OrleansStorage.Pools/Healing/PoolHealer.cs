using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools.Healing;

/// <summary>Keeps a pool at full protection: watches its devices, gives slots of lost ones away, and heals and moves what has to be.</summary>
/// <remarks>
/// Its owner reports what it sees of devices (<see cref="Observe"/>), stores the transitions that come of it, and calls
/// <see cref="RunAsync"/> whenever there may be something to do, one call at a time. Begins with a comparison of every group: it keeps
/// nothing that a restart could lose. Calls and what continues them run one at a time, as on a grain's scheduler; between two
/// steps of a round the other methods may be called.
/// </remarks>
public sealed class PoolHealer
{
    private const int UnrepairableNamedMax = 1000;

    private readonly GroupMap _groups;
    private readonly PoolMembers _members;
    private readonly IBlobProtection _protection;
    private readonly Func<BlobId, bool> _isInFlight;
    private readonly HealBudget _budget;
    private readonly PoolHealerOptions _options;
    private readonly MemberWatch _watch;
    private readonly GroupCommitter _committer;
    private readonly SlotMover _mover;
    private readonly SortedDictionary<Guid, PoolDevice> _devices = [];
    private readonly Dictionary<Guid, MemberReason> _reasons = [];
    private readonly SortedDictionary<uint, GroupState> _states = [];
    private readonly Dictionary<Guid, int> _busy = [];
    private readonly Dictionary<Guid, TimeSpan> _fullUntil = [];
    private readonly Queue<SlotMove> _moves = new();
    private readonly long _begin;
    private IReadOnlyList<UnplacedSlot> _unplaced = [];
    private IReadOnlyList<UnplacedSlot> _unmovable = [];
    private TimeSpan _movesNotBefore;
    private int _movesActive;
    private bool _placementIsDue = true;
    private bool _movesAreDue = true;
    private bool _isRunning;

    /// <summary>A healer of a pool that has no devices yet; see <see cref="Join"/>.</summary>
    /// <param name="groups">The groups, which it keeps up to date.</param>
    /// <param name="members">The devices, whose states it keeps up to date.</param>
    /// <param name="protection">Over the same devices.</param>
    /// <param name="registry">Where groups are stored.</param>
    /// <param name="isInFlight">Whether a blob may still be being written, or is not named yet, by any process.</param>
    /// <param name="budget">What healing may spend.</param>
    /// <param name="options">Not changed afterwards.</param>
    public PoolHealer(
        GroupMap groups,
        PoolMembers members,
        IBlobProtection protection,
        IGroupRegistry registry,
        Func<BlobId, bool> isInFlight,
        HealBudget budget,
        PoolHealerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _groups = groups;
        _members = members;
        _protection = protection;
        _isInFlight = isInFlight;
        _budget = budget;
        _options = options;
        _begin = options.Time.GetTimestamp();
        _watch = new MemberWatch(options.Watch);
        Figures = new HealFigures(options.Time);
        _committer = new GroupCommitter(registry, groups);
        var patience = new DevicePatience(options.Group.CallTimeout, options.Time);
        var copier = new FragmentCopier(patience, budget, Figures);
        _mover = new SlotMover(members, groups, _committer, copier, patience, options.Group.PageSize);
    }

    /// <summary>What was done.</summary>
    public HealFigures Figures { get; }

    /// <summary>How protected the pool is.</summary>
    public PoolHealStatus Status => CreateStatus();

    private TimeSpan Now => _options.Time.GetElapsedTime(_begin);

    /// <summary>Takes a device into the pool, or learns anew how it is reached.</summary>
    /// <param name="device">The device.</param>
    /// <param name="access">How it is reached; null when it is not at present.</param>
    /// <param name="state">Its state as it was stored; of a new one <see cref="MemberState.Online"/>.</param>
    public void Join(PoolDevice device, IDevice? access, MemberState state)
    {
        ArgumentNullException.ThrowIfNull(device);
        _devices[device.Id] = device;
        _watch.Add(device.Id, state, Now);
        _members.Set(device.Id, access, state);
        foreach (var group in _states.Values)
        {
            group.Healer.AlsoLookAt(device.Id);
            group.Touch();
        }

        _placementIsDue = _movesAreDue = true;
    }

    /// <summary>A device that is known is reached in another way from now on, such as after its silo was started again.</summary>
    public void Attach(Guid device, IDevice? access)
    {
        _members.SetDevice(device, access);
        Touch(device);
    }

    /// <summary>Takes what became of asking a device.</summary>
    /// <returns>What changed, for its owner to store; null for nothing.</returns>
    public MemberTransition? Observe(Guid device, MemberObservation observation) =>
        Apply(_watch.Observe(device, observation, Now));

    /// <summary>The operator wants a device out: its slots go to others while it can be read.</summary>
    public MemberTransition? Drain(Guid device) => Apply(_watch.SetDraining(device, isDraining: true));

    /// <summary>The operator wants a device to stay after all.</summary>
    public MemberTransition? CancelDrain(Guid device) => Apply(_watch.SetDraining(device, isDraining: false));

    /// <summary>The operator gives a device up at once.</summary>
    public MemberTransition? DeclareLost(Guid device) => Apply(_watch.DeclareLost(device, Now));

    /// <summary>The operator says that a device whose medium failed is sound again.</summary>
    public MemberTransition? Readmit(Guid device) => Apply(_watch.Readmit(device, Now));

    /// <summary>Removes a device that nothing depends on.</summary>
    /// <returns>Why it was not removed, or <see cref="RemovalObstacle.None"/>.</returns>
    public RemovalObstacle TryRemove(Guid device)
    {
        var obstacle = ObstacleOf(device);
        if (obstacle == RemovalObstacle.None)
        {
            _devices.Remove(device);
            _watch.Remove(device);
            _members.Remove(device);
            _reasons.Remove(device);
            foreach (var group in _states.Values)
            {
                group.Healer.Forget(device);
            }
        }

        return obstacle;
    }

    /// <summary>A scrub or a reader found a damaged fragment on the device of its slot.</summary>
    public void ReportDamaged(FragmentId fragment)
    {
        if (_groups.Find(fragment.Blob.Group) is { } group)
        {
            var state = StateOf(group);
            state.Healer.ReportDamaged(fragment);
            state.Touch();
        }
    }

    /// <summary>Does everything that can be done now: gives slots away, heals groups, moves slots. Ends when nothing is left to do.</summary>
    /// <exception cref="InvalidOperationException">A round is under way.</exception>
    public async ValueTask<HealRound> RunAsync(CancellationToken cancellationToken)
    {
        if (_isRunning)
        {
            throw new InvalidOperationException("A round is under way.");
        }

        _isRunning = true;
        var active = new List<Task>();
        try
        {
            await RunRoundAsync(active, cancellationToken);
        }
        finally
        {
            // Whatever ended the round, nothing of it goes on.
            await Task.WhenAll(active.Select(SettleAsync));
            _isRunning = false;
        }

        return EndRound();
    }

    private static async Task SettleAsync(Task task)
    {
        try
        {
            await task;
        }
#pragma warning disable CA1031 // The round ends with the exception that ended it; those of its other parts are like it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private async ValueTask RunRoundAsync(List<Task> active, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_placementIsDue)
            {
                _placementIsDue = false;
                await PlaceAsync(cancellationToken);
            }

            StartPasses(active, cancellationToken);
            StartMoves(active, cancellationToken);
            if (active.Count == 0)
            {
                return;
            }

            var ended = await Task.WhenAny(active);
            active.Remove(ended);
            await ended;
        }
    }

    private MemberTransition? Apply(MemberTransition? transition)
    {
        if (transition is null)
        {
            return null;
        }

        _members.SetState(transition.Device, transition.To);
        _reasons[transition.Device] = transition.Reason;
        if (transition.Reason == MemberReason.ReturnedAfterLoss)
        {
            // It may have fragments of any group that it was ever in.
            foreach (var group in _states.Values)
            {
                group.Healer.AlsoLookAt(transition.Device);
                group.Touch();
            }
        }

        Touch(transition.Device);
        _placementIsDue = _movesAreDue = true;
        return transition;
    }

    /// <summary>Groups that a device is in, or may have fragments of, are compared again.</summary>
    private void Touch(Guid device)
    {
        foreach (var (id, state) in _states)
        {
            if (state.Healer.Others.Contains(device) || (_groups.Find(id)?.Devices.Contains(device) ?? false))
            {
                state.Touch();
            }
        }
    }

    private GroupState StateOf(StripeGroup group)
    {
        if (_states.TryGetValue(group.Id, out var state))
        {
            return state;
        }

        var healer = new GroupHealer(_members, _protection, _isInFlight, _budget, Figures, _options.Group, _options.Time);
        LookAtAll(healer);
        return _states[group.Id] = new GroupState(healer) { AllLookedAt = Now };
    }

    private void LookAtAll(GroupHealer healer)
    {
        foreach (var device in _devices.Keys)
        {
            healer.AlsoLookAt(device);
        }
    }

    /// <summary>Gives slots of lost devices away, and opens groups that a move left closed.</summary>
    private async ValueTask PlaceAsync(CancellationToken cancellationToken)
    {
        foreach (var group in _groups.Groups)
        {
            if (!group.TakesWrites && !StateOf(group).IsActive)
            {
                var open = group with { Epoch = group.Epoch + 1, TakesWrites = true };
                _placementIsDue |= !await _committer.TryCommitAsync(open, cancellationToken);
            }
        }

        var plan = Planner().Replace(MemberState.Lost);
        _unplaced = plan.Unplaced;
        foreach (var move in plan.Moves)
        {
            if (!await _committer.TryCommitAsync(move.Next(), cancellationToken))
            {
                _placementIsDue = true;
                continue;
            }

            var state = StateOf(move.Group);
            state.Healer.AlsoLookAt(move.From);
            state.NewSlots.Add(move.Slot);
            state.Touch();
        }
    }

    private SlotPlanner Planner() => new(
        _devices.Values.Select(Describe),
        _groups.Groups,
        group => _states.TryGetValue(group, out var state) ? state.Last?.SlotBytes ?? 0 : 0,
        _options.Reserve);

    private PlannerDevice Describe(PoolDevice device)
    {
        var state = _watch.StateOf(device.Id);
        var access = _members.Find(device.Id);
        var isFull = _fullUntil.TryGetValue(device.Id, out var until) && until > Now;
        var used = access is { State: DeviceState.Healthy } && !isFull
            ? device.CapacityBytes - access.Usage.AvailableBytes
            : device.CapacityBytes;
        return new PlannerDevice(device.Id, device.FaultDomain, device.CapacityBytes, used, state);
    }

    /// <summary>Starts passes over the groups that are most urgent, as far as their devices are not busy.</summary>
    private void StartPasses(List<Task> active, CancellationToken cancellationToken)
    {
        var room = _options.ParallelGroups + _movesActive - active.Count;
        if (room <= 0)
        {
            return;
        }

        var due = _groups.Groups
            .Select(group => (Group: group, State: StateOf(group)))
            .Where(g => !g.State.IsActive && IsDue(g.State))
            .OrderBy(g => RedundancyOf(g.Group, g.State))
            .ThenBy(g => g.State.VerifiedAt);
        foreach (var (group, state) in due)
        {
            if (room == 0)
            {
                return;
            }

            if (active.Count == 0 || !group.Devices.Any(IsBusy))
            {
                active.Add(PassAsync(group, state, cancellationToken));
                room--;
            }
        }
    }

    private bool IsDue(GroupState state) => DueAt(state) <= Now;

    private TimeSpan DueAt(GroupState state) =>
        state.IsDirty ? state.NotBefore
        : state.Last?.Outlook == GroupOutlook.Lost ? state.VerifiedAt + _options.LostVerifyInterval
        : state.AllLookedAt + _options.VerifyInterval;

    private bool IsBusy(Guid device) => _busy.GetValueOrDefault(device) >= _options.GroupsPerDeviceMax;

    /// <summary>What the last pass saw, or what follows from devices that went since.</summary>
    private int RedundancyOf(StripeGroup group, GroupState state)
    {
        var lacking = 0;
        for (var slot = 0; slot < group.Devices.Count; slot++)
        {
            var answers = _members.StateOf(group.Devices[slot]) is MemberState.Online or MemberState.Draining;
            lacking += state.NewSlots.Contains(slot) || !answers ? 1 : 0;
        }

        var estimate = _protection.LossesMax - lacking;
        return state.Last is { } last && last.Outlook != GroupOutlook.Clean ? Math.Min(last.RedundancyLeft, estimate) : estimate;
    }

    private async Task PassAsync(StripeGroup group, GroupState state, CancellationToken cancellationToken)
    {
        if (Now - state.AllLookedAt >= _options.VerifyInterval)
        {
            // A call that was given up may have been done later, on a device that had nothing of the group by then.
            state.AllLookedAt = Now;
            LookAtAll(state.Healer);
        }

        var begin = state.Begin();
        Occupy(group, 1);
        GroupPass? pass = null;
        try
        {
            pass = await state.Healer.RunPassAsync(group, cancellationToken);
        }
        finally
        {
            Occupy(group, -1);
            state.IsActive = false;
        }

        state.End(begin, pass, Now, _options.RetryAfter);
        if (pass.Full.Count > 0)
        {
            _movesAreDue = true;
        }
    }

    private void Occupy(StripeGroup group, int count)
    {
        foreach (var device in group.Devices)
        {
            _busy[device] = _busy.GetValueOrDefault(device) + count;
        }
    }

    /// <summary>Starts to move slots of devices that are drained or full, then those that even out the shares.</summary>
    private void StartMoves(List<Task> active, CancellationToken cancellationToken)
    {
        if (Now < _movesNotBefore)
        {
            return;
        }

        if (_moves.Count == 0 && _movesAreDue && _movesActive == 0)
        {
            PlanMoves();
        }

        for (var i = _moves.Count; i > 0 && _movesActive < _options.ParallelMoves; i--)
        {
            var move = _moves.Dequeue();
            if (_groups.Find(move.Group.Id) is not { } group || group.Epoch != move.Group.Epoch)
            {
                continue;
            }

            if (StateOf(group).IsActive)
            {
                _moves.Enqueue(move);
                continue;
            }

            active.Add(MoveAsync(move, StateOf(group), cancellationToken));
        }
    }

    private void PlanMoves()
    {
        var planner = Planner();
        var wanted = planner.Replace((group, slot, device) =>
            _watch.StateOf(device) == MemberState.Draining
            || (_watch.StateOf(device) == MemberState.Online && StateOf(_groups.Find(group)!).Full.Contains(device)));
        _unmovable = wanted.Unplaced;

        // One slot of a group at a time: a later one would begin with an epoch that is not there yet.
        var moves = wanted.Moves.DistinctBy(move => move.Group.Id).ToList();
        if (moves.Count == 0 && !_states.Values.Any(state => state.IsDirty))
        {
            moves.AddRange(planner.Rebalance(_options.ParallelMoves).DistinctBy(move => move.Group.Id));
        }

        moves.ForEach(_moves.Enqueue);
        _movesAreDue = moves.Count > 0 || _states.Values.Any(state => state.IsDirty);
    }

    private async Task MoveAsync(SlotMove move, GroupState state, CancellationToken cancellationToken)
    {
        state.IsActive = true;
        _movesActive++;
        var isMoved = false;
        try
        {
            state.Healer.AlsoLookAt(move.To);
            state.Healer.AlsoLookAt(move.From);
            isMoved = await _mover.MoveAsync(move, full => _fullUntil[full] = Now + _options.VerifyInterval, cancellationToken);
        }
        finally
        {
            _movesActive--;
            state.IsActive = false;
            state.Touch();
            if (!isMoved)
            {
                _placementIsDue = true;
                _movesNotBefore = Now + _options.RetryAfter;
            }
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private HealRound EndRound()
    {
        var left = _devices.Keys
            .Where(id => _watch.StateOf(id) == MemberState.Draining && ObstacleOf(id) == RemovalObstacle.None)
            .ToList();
        foreach (var device in left)
        {
            TryRemove(device);
        }

        var isSettled = !_placementIsDue && _moves.Count == 0 && !_states.Values.Any(state => state.IsDirty);
        var next = _states.Values.Select(DueAt).DefaultIfEmpty(TimeSpan.MaxValue).Min();
        next = _moves.Count > 0 || _movesAreDue ? Min(next, _movesNotBefore) : next;
        next = _placementIsDue ? Now : next;
        return new HealRound(isSettled, next <= Now ? TimeSpan.Zero : next - Now, left);
    }

    private RemovalObstacle ObstacleOf(Guid device)
    {
        if (!_devices.ContainsKey(device))
        {
            return RemovalObstacle.Unknown;
        }

        if (_groups.Groups.Any(group => group.Devices.Contains(device)))
        {
            return RemovalObstacle.HasSlots;
        }

        var isLost = _watch.StateOf(device) == MemberState.Lost;
        var mayHold = _groups.Groups.Select(StateOf).Any(group => isLost
            ? group.IsDirty || group.Last?.Outlook != GroupOutlook.Clean
            : group.IsActive || group.Healer.Others.Contains(device));
        return mayHold ? RemovalObstacle.MayHoldFragments : RemovalObstacle.None;
    }

    private PoolHealStatus CreateStatus()
    {
        var groups = _groups.Groups;
        var states = groups.Select(StateOf).ToList();
        var last = states.Select(state => state.Last).OfType<GroupPass>().ToList();
        var rate = Figures.BytesPerSecond;
        var bytes = last.Sum(pass => pass.BytesDegraded);
        return new PoolHealStatus(
            groups.Select((group, i) => RedundancyOf(group, states[i])).DefaultIfEmpty(_protection.LossesMax).Min(),
            last.Sum(pass => pass.BlobsDegraded),
            bytes,
            last.Sum(pass => pass.BlobsWaiting),
            last.Sum(pass => pass.BlobsUnrepairable),
            [.. last.SelectMany(pass => pass.Unrepairable).Take(UnrepairableNamedMax)],
            groups.Where((group, i) => RedundancyOf(group, states[i]) < _protection.LossesMax).Count(),
            states.Count(state => state.IsDirty),
            _movesActive,
            Figures.BytesRebuilt,
            Figures.FragmentsRebuilt,
            Figures.FragmentsDropped,
            rate,
            bytes == 0 ? TimeSpan.Zero : rate == 0 ? null : TimeSpan.FromSeconds((double)bytes / rate),
            [.. _unplaced.Concat(_unmovable)],
            [.. _devices.Values.Select(StatusOf)]);
    }

    private DeviceHealStatus StatusOf(PoolDevice device)
    {
        var access = _members.Find(device.Id);
        return new DeviceHealStatus(
            device.Id,
            device.FaultDomain,
            _watch.StateOf(device.Id),
            _reasons.TryGetValue(device.Id, out var reason) ? reason : null,
            device.CapacityBytes,
            access is { State: DeviceState.Healthy } ? access.Usage.AvailableBytes : null,
            _groups.Groups.Count(group => group.Devices.Contains(device.Id)),
            _states.Values.Count(state => state.Healer.Others.Contains(device.Id)));
    }
}
