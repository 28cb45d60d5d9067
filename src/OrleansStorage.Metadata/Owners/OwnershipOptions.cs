namespace OrleansStorage.Metadata.Owners;

/// <summary>The times of <see cref="OwnershipManager"/>. All silos of a store use the same.</summary>
public sealed class OwnershipOptions
{
    /// <summary>How long after it was asked for a silo's lease is valid, by the silo's own clock.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a silo renews its lease.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How much longer than a lease others wait for it, as a part of its duration. Safe as long as the clocks of two
    /// silos run at rates that differ by less than this.
    /// </summary>
    public double ClockRateMargin { get; init; } = 0.05;

    /// <summary>How long a silo may be silent until the others strike it off. It has to register anew then.</summary>
    public TimeSpan ExpelAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long others wait for a lease, by their own clocks.</summary>
    internal TimeSpan WaitDuration => LeaseDuration * (1 + ClockRateMargin);

    /// <summary>How often who waits for a lease looks whether it is over already.</summary>
    internal TimeSpan PollInterval => RenewInterval / 4;

    /// <summary>Throws when a value is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RenewInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LeaseDuration, RenewInterval);
        ArgumentOutOfRangeException.ThrowIfNegative(ClockRateMargin);
        ArgumentOutOfRangeException.ThrowIfLessThan(ExpelAfter, WaitDuration);
    }
}
