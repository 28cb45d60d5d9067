namespace OrleansStorage.Metadata.Tests.Simulation;

/// <summary>The clock of one node: virtual time at a rate of its own.</summary>
internal sealed class SimulatedClock(SimulatedWorld world, double rate) : TimeProvider
{
    private const long EpochTicks = 1_000_000_000;

    /// <summary>Where timers fire; null for at once, in nobody's context.</summary>
    public required SimulatedNode? Node { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => EpochTicks + (long)(world.NowTicks * rate);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(world, Node, rate, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer of a simulated clock.</summary>
internal sealed class SimulatedTimer(SimulatedWorld world, SimulatedNode? node, double rate, Action callback) : ITimer
{
    private long _dueTicks = -1;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
        {
            throw new NotSupportedException("Periodic timers are not simulated.");
        }

        _dueTicks = -1;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            _dueTicks = world.NowTicks + (long)Math.Ceiling(dueTime.Ticks / rate);
            world.Schedule(this, _dueTicks);
        }

        return true;
    }

    /// <summary>Its time has come, unless it was changed meanwhile.</summary>
    public void Fire(long dueTicks)
    {
        if (dueTicks != _dueTicks)
        {
            return;
        }

        _dueTicks = -1;
        if (node is null)
        {
            callback();
        }
        else
        {
            node.Post(_ => callback(), null);
        }
    }

    public void Dispose() => _dueTicks = -1;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
