using Xunit;

namespace OrleansStorage.Devices.Tests.Simulation;

/// <summary>Time that passes only when the test says so. Timers fire one by one, in order, on the test's thread.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    // What a test awaits may come back on a thread of its runner and set a timer there.
    private readonly Lock _gate = new();
    private readonly PriorityQueue<SimulatedTimer, (long Due, long Order)> _timers = new();
    private long _now = 1_000_000;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.True(period == Timeout.InfiniteTimeSpan, "Only timers that fire once are simulated.");
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes to the next timer and fires it; <see langword="false"/> when there is none.</summary>
    public bool Step()
    {
        if (Next(long.MaxValue) is not { } timer)
        {
            return false;
        }

        timer.Fire();
        return true;
    }

    /// <summary>Lets time pass, and fires what is due.</summary>
    public void Advance(TimeSpan span)
    {
        var until = _now + span.Ticks;
        while (Next(until) is { } timer)
        {
            timer.Fire();
        }

        _now = until;
    }

    /// <summary>Runs until a call has completed.</summary>
    public void Run(Task task)
    {
        var until = _now + TimeSpan.FromHours(1).Ticks;
        while (!task.IsCompleted)
        {
            Assert.True(_now < until, "The call takes more than an hour.");
            Assert.True(Step(), "The call waits for nothing that could happen.");
        }

#pragma warning disable VSTHRD002, xUnit1031 // It has completed.
        task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, xUnit1031
    }

    public void Run(ValueTask task) => Run(task.AsTask());

    public T Run<T>(ValueTask<T> task)
    {
        var wait = task.AsTask();
        Run(wait);
#pragma warning disable VSTHRD002, xUnit1031 // It has completed.
        return wait.Result;
#pragma warning restore VSTHRD002, xUnit1031
    }

    /// <summary>Takes the next timer that still holds, and goes to its time; null when none is due.</summary>
    private SimulatedTimer? Next(long until)
    {
        lock (_gate)
        {
            while (_timers.TryPeek(out var timer, out var at) && at.Due <= until)
            {
                _timers.Dequeue();
                if (timer.Order == at.Order)
                {
                    _now = Math.Max(_now, at.Due);
                    return timer;
                }
            }

            return null;
        }
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Which of its entries in the queue holds; 0 for none.</summary>
        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Order = 0;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                lock (time._gate)
                {
                    Order = ++time._order;
                    time._timers.Enqueue(this, (time._now + dueTime.Ticks, Order));
                }
            }

            return true;
        }

        public void Fire()
        {
            Order = 0;
            callback(state);
        }

        public void Dispose() => Order = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
