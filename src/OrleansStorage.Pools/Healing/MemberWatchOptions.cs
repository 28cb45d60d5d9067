namespace OrleansStorage.Pools.Healing;

/// <summary>How patient a <see cref="MemberWatch"/> is.</summary>
public sealed class MemberWatchOptions
{
    /// <summary>How often each device is asked. Time between two observations counts for at most three of these.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which nothing new is written to a device.</summary>
    public TimeSpan SuspectAfter { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence after which a device is given up.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// No device is given up for its silence when more than this part of all would be: then it is more likely that the one who asks is
    /// cut off. 0 to 1.
    /// </summary>
    public double LostShareMax { get; set; } = 0.5;

    /// <summary>A device is slow when its answers take so many times the median of all.</summary>
    public double SlowFactor { get; set; } = 8;

    /// <summary>No answer that came within this is slow.</summary>
    public TimeSpan SlowMin { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long answers are slow before the device is suspect, and good before it is not.</summary>
    public TimeSpan SlowAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A device that becomes suspect again within this time after its return has to answer for twice as long as the last time before
    /// it is online again.
    /// </summary>
    public TimeSpan FlapWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest that a flapping device has to answer before it is online again.</summary>
    public TimeSpan FlapDelayMax { get; set; } = TimeSpan.FromMinutes(1);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ProbeInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(SuspectAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(GracePeriod, SuspectAfter);
        ArgumentOutOfRangeException.ThrowIfNegative(LostShareMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LostShareMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SlowFactor, 1);
    }
}
