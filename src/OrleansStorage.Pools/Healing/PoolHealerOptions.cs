namespace OrleansStorage.Pools.Healing;

/// <summary>How a <see cref="PoolHealer"/> works.</summary>
public sealed class PoolHealerOptions
{
    /// <summary>How devices are watched.</summary>
    public MemberWatchOptions Watch { get; set; } = new();

    /// <summary>How groups are healed.</summary>
    public GroupHealerOptions Group { get; set; } = new();

    /// <summary>Groups that are healed at the same time.</summary>
    public int ParallelGroups { get; set; } = 8;

    /// <summary>Of these, those that one device may be in, so that the work is spread. One group is always healed.</summary>
    public int GroupsPerDeviceMax { get; set; } = 2;

    /// <summary>Slots that are moved from a device that can be read, at the same time.</summary>
    public int ParallelMoves { get; set; } = 2;

    /// <summary>Part of each device that is kept free when slots are given to it, 0 to 1.</summary>
    public double Reserve { get; set; } = 0.1;

    /// <summary>How long what could not be done is left alone.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A group in which nothing happens is compared again after this time, with every device of the pool: what a call that was given up
    /// left behind is found then.
    /// </summary>
    public TimeSpan VerifyInterval { get; set; } = TimeSpan.FromHours(6);

    /// <summary>So is, sooner, one with blobs that cannot be repaired: the sweeper may have removed what was left of them.</summary>
    public TimeSpan LostVerifyInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ParallelGroups, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(GroupsPerDeviceMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ParallelMoves, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RetryAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(VerifyInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LostVerifyInterval, TimeSpan.Zero);
    }
}
