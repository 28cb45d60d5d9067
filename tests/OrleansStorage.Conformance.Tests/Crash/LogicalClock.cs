namespace OrleansStorage.Conformance.Crash;

/// <summary>Orders what clients did: every call is later than all calls that returned before it began.</summary>
internal sealed class LogicalClock
{
    private long _now;

    public long Tick() => Interlocked.Increment(ref _now);
}
