namespace OrleansStorage.Pools.Healing;

/// <summary>Decides what a pool makes of each device, from what became of asking it.</summary>
/// <remarks>
/// A state machine without clock, threads or calls: observations with their times in, transitions out. Its states and arrows are drawn
/// at <see cref="MemberState"/>. Silence is counted from one observation to the next and each step is bounded, so one who was
/// paused himself does not hold his own absence against the devices. Not safe for concurrent use.
/// </remarks>
public sealed class MemberWatch
{
    private const int MedianOfMin = 4;

    private readonly MemberWatchOptions _options;
    private readonly SortedDictionary<Guid, Watched> _devices = [];
    private TimeSpan _median;
    private TimeSpan? _medianAt;

    /// <summary>Watches nobody yet.</summary>
    /// <param name="options">Not changed afterwards.</param>
    public MemberWatch(MemberWatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Watches a device from now on.</summary>
    /// <param name="device">Its id.</param>
    /// <param name="state">Its state so far, as it was stored.</param>
    /// <param name="now">Time since any fixed moment; never goes back.</param>
    public void Add(Guid device, MemberState state, TimeSpan now) => _devices[device] = new Watched
    {
        WantsOut = state == MemberState.Draining,
        Base = state == MemberState.Draining ? MemberState.Online : state,
        SeenAt = now,
    };

    /// <summary>Watches a device no more.</summary>
    public void Remove(Guid device) => _devices.Remove(device);

    /// <summary>Whether a device is watched.</summary>
    public bool Watches(Guid device) => _devices.ContainsKey(device);

    /// <summary>What is thought of a device; of one that is not watched that it is <see cref="MemberState.Offline"/>.</summary>
    public MemberState StateOf(Guid device) => _devices.TryGetValue(device, out var watched) ? watched.State : MemberState.Offline;

    /// <summary>Takes an observation. One of a device that is not watched changes nothing.</summary>
    /// <param name="device">Of whom.</param>
    /// <param name="observation">What became of asking it.</param>
    /// <param name="now">Time since any fixed moment; never goes back.</param>
    /// <returns>What changed; null for nothing.</returns>
    public MemberTransition? Observe(Guid device, MemberObservation observation, TimeSpan now)
    {
        if (!_devices.TryGetValue(device, out var watched))
        {
            return null;
        }

        var since = now - watched.SeenAt;
        var step = since < _options.ProbeInterval * 3 ? since : _options.ProbeInterval * 3;
        watched.SeenAt = now;
        return observation.Kind switch
        {
            ObservationKind.Answered => Answered(device, watched, observation.Latency, step, now),
            ObservationKind.MediumFailed => MediumFailed(device, watched, now),
            _ => Silent(device, watched, observation.Kind == ObservationKind.ProcessLeft, step, now),
        };
    }

    /// <summary>The operator wants a device out, or to stay after all.</summary>
    public MemberTransition? SetDraining(Guid device, bool isDraining)
    {
        if (!_devices.TryGetValue(device, out var watched) || watched.WantsOut == isDraining)
        {
            return null;
        }

        var before = watched.State;
        watched.WantsOut = isDraining;
        return Changed(device, before, watched, isDraining ? MemberReason.DrainAsked : MemberReason.DrainCancelled);
    }

    /// <summary>The operator gives a device up before the grace period is over.</summary>
    public MemberTransition? DeclareLost(Guid device, TimeSpan now) =>
        _devices.TryGetValue(device, out var watched) && watched.Base != MemberState.Lost
            ? Become(device, watched, MemberState.Lost, MemberReason.DeclaredLost, now)
            : null;

    /// <summary>The operator says that a device that was given up is sound: the next answer makes it a new member.</summary>
    public MemberTransition? Readmit(Guid device, TimeSpan now)
    {
        if (!_devices.TryGetValue(device, out var watched) || watched.Base != MemberState.Lost)
        {
            return null;
        }

        watched.HasFailed = false;
        watched.Silence = TimeSpan.Zero;
        watched.Flaps = 0;
        return Become(device, watched, MemberState.Suspect, MemberReason.Readmitted, now);
    }

    private MemberTransition? Answered(Guid device, Watched watched, TimeSpan latency, TimeSpan step, TimeSpan now)
    {
        watched.Latency = latency;
        watched.Silence = TimeSpan.Zero;
        watched.Good += step;
        Judge(watched, latency, step, now);
        if (watched.Base == MemberState.Online)
        {
            return watched.IsSlow ? Become(device, watched, MemberState.Suspect, MemberReason.Slow, now) : null;
        }

        if (watched.HasFailed || watched.IsSlow || watched.Good < Delay(watched))
        {
            return null;
        }

        var reason = watched.Base == MemberState.Lost ? MemberReason.ReturnedAfterLoss : MemberReason.AnswersAgain;
        return Become(device, watched, MemberState.Online, reason, now);
    }

    private MemberTransition? MediumFailed(Guid device, Watched watched, TimeSpan now)
    {
        watched.HasFailed = true;
        return watched.Base == MemberState.Lost ? null : Become(device, watched, MemberState.Lost, MemberReason.MediumFailed, now);
    }

    private MemberTransition? Silent(Guid device, Watched watched, bool hasLeft, TimeSpan step, TimeSpan now)
    {
        watched.Latency = null;
        watched.Good = TimeSpan.Zero;
        watched.SlowFor = TimeSpan.Zero;
        watched.Silence += step;
        if (watched.Base == MemberState.Lost)
        {
            return null;
        }

        if (watched.Silence >= _options.GracePeriod && MayGiveUp())
        {
            return Become(device, watched, MemberState.Lost, MemberReason.GracePeriodOver, now);
        }

        if (hasLeft)
        {
            return watched.Base == MemberState.Offline
                ? null
                : Become(device, watched, MemberState.Offline, MemberReason.ProcessLeft, now);
        }

        return watched.Base == MemberState.Online && watched.Silence >= _options.SuspectAfter
            ? Become(device, watched, MemberState.Suspect, MemberReason.NoAnswer, now)
            : null;
    }

    private bool MayGiveUp()
    {
        var lost = _devices.Values.Count(d => d.Base == MemberState.Lost) + 1;
        var silent = _devices.Values.Count(d =>
            d.Base != MemberState.Lost && d.Silence > TimeSpan.Zero && d.Silence >= _options.GracePeriod - _options.SuspectAfter);
        return Math.Max(lost, silent) <= Math.Max(1, _devices.Count * _options.LostShareMax);
    }

    /// <summary>Counts for how long the answers have been slow, or good again.</summary>
    private void Judge(Watched watched, TimeSpan latency, TimeSpan step, TimeSpan now)
    {
        var bound = Median(now) * _options.SlowFactor;
        bound = bound < _options.SlowMin ? _options.SlowMin : bound;
        var isBad = latency > (watched.IsSlow ? bound / 2 : bound);
        watched.SlowFor = isBad == watched.IsSlow ? TimeSpan.Zero : watched.SlowFor + step;
        if (watched.SlowFor >= _options.SlowAfter)
        {
            watched.IsSlow = isBad;
            watched.SlowFor = TimeSpan.Zero;
        }
    }

    /// <summary>The median of the last answers, taken anew once per probe interval; without bound when there are too few to compare.</summary>
    private TimeSpan Median(TimeSpan now)
    {
        if (_medianAt is { } at && now - at < _options.ProbeInterval)
        {
            return _median;
        }

        var answers = _devices.Values.Where(d => d.Latency is not null).Select(d => d.Latency!.Value).Order().ToList();
        _medianAt = now;
        _median = answers.Count < MedianOfMin ? TimeSpan.FromDays(1) : answers[answers.Count / 2];
        return _median;
    }

    private TimeSpan Delay(Watched watched)
    {
        if (watched.Flaps == 0)
        {
            return TimeSpan.Zero;
        }

        var delay = _options.ProbeInterval * Math.Pow(2, Math.Min(watched.Flaps, 20));
        return delay < _options.FlapDelayMax ? delay : _options.FlapDelayMax;
    }

    private MemberTransition? Become(Guid device, Watched watched, MemberState next, MemberReason reason, TimeSpan now)
    {
        var before = watched.State;
        if (watched.Base == MemberState.Online)
        {
            var isFlap = watched.ReturnedAt is { } at && now - at < _options.FlapWindow;
            watched.Flaps = isFlap ? watched.Flaps + 1 : 0;
        }

        if (next == MemberState.Online)
        {
            watched.ReturnedAt = now;
        }

        watched.Good = TimeSpan.Zero;
        watched.Base = next;
        return Changed(device, before, watched, reason);
    }

    private static MemberTransition? Changed(Guid device, MemberState before, Watched watched, MemberReason reason) =>
        before == watched.State ? null : new MemberTransition(device, before, watched.State, reason);

    private sealed class Watched
    {
        /// <summary>The state, were it not for the operator's wish.</summary>
        public MemberState Base { get; set; }

        public bool WantsOut { get; set; }

        public bool HasFailed { get; set; }

        public bool IsSlow { get; set; }

        public TimeSpan SeenAt { get; set; }

        public TimeSpan Silence { get; set; }

        public TimeSpan Good { get; set; }

        public TimeSpan SlowFor { get; set; }

        public TimeSpan? Latency { get; set; }

        public TimeSpan? ReturnedAt { get; set; }

        public int Flaps { get; set; }

        public MemberState State => Base == MemberState.Online && WantsOut ? MemberState.Draining : Base;
    }
}
