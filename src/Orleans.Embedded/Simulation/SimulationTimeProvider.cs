namespace Orleans.Simulation;

/// <summary>Virtual time: it stands still while anything can run, then jumps to the next timer.</summary>
internal sealed class SimulationTimeProvider(Action<ISimulationUnit> enqueue) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<(SimulationTimer Timer, long Version), (long Due, long Order)> _queue = new();
    private long _nowTicks;
    private long _lastOrder;
    private int _foreground;

    public TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _nowTicks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override long GetTimestamp() => Interlocked.Read(ref _nowTicks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        Create(callback, state, dueTime, period, isBackground: false);

    /// <summary>A timer that alone does not keep the simulation going.</summary>
    public ITimer CreateBackgroundTimer(Action action, TimeSpan period) =>
        Create(static state => ((Action)state!)(), action, period, period, isBackground: true);

    /// <summary>Jumps to the next timer and queues what is due then; false when only background timers are left.</summary>
    public bool Advance()
    {
        List<SimulationTimer> due = [];
        lock (_gate)
        {
            if (_foreground == 0)
            {
                return false;
            }

            while (_queue.TryPeek(out var entry, out var key) && (due.Count == 0 || key.Due <= _nowTicks))
            {
                _queue.Dequeue();
                if (entry.Version != entry.Timer.Version)
                {
                    continue;
                }

                Interlocked.Exchange(ref _nowTicks, Math.Max(_nowTicks, key.Due));
                due.Add(entry.Timer);
                Disarm(entry.Timer);
                if (entry.Timer.Period > TimeSpan.Zero)
                {
                    Arm(entry.Timer, entry.Timer.Period);
                }
            }
        }

        due.ForEach(enqueue);
        return due.Count > 0;
    }

    private SimulationTimer Create(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period, bool isBackground)
    {
        var timer = new SimulationTimer(this, Interlocked.Increment(ref _lastOrder), callback, state, isBackground);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Arm(SimulationTimer timer, TimeSpan dueTime)
    {
        timer.IsArmed = true;
        _foreground += timer.IsBackground ? 0 : 1;
        _queue.Enqueue((timer, ++timer.Version), (_nowTicks + Math.Max(0, dueTime.Ticks), Interlocked.Increment(ref _lastOrder)));
    }

    private void Disarm(SimulationTimer timer)
    {
        if (timer.IsArmed)
        {
            timer.IsArmed = false;
            timer.Version++;
            _foreground -= timer.IsBackground ? 0 : 1;
        }
    }

    private sealed class SimulationTimer(SimulationTimeProvider time, long number, TimerCallback callback, object? state, bool isBackground)
        : ITimer, ISimulationUnit
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _isDisposed;

        public bool IsBackground => isBackground;

        public TimeSpan Period { get; private set; }

        public long Version { get; set; }

        public bool IsArmed { get; set; }

        public ulong TraceId => (1UL << 63) ^ (ulong)number;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (_isDisposed)
                {
                    return false;
                }

                Period = period;
                time.Disarm(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    time.Arm(this, dueTime);
                }

                return true;
            }
        }

        public void RunStep()
        {
            if (_isDisposed)
            {
                return;
            }

            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, static self => ((SimulationTimer)self!).Invoke(), this);
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                _isDisposed = true;
                time.Disarm(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Invoke() => callback(state);
    }
}
