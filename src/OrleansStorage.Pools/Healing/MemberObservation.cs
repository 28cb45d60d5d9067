namespace OrleansStorage.Pools.Healing;

/// <summary>What became of asking a device how it is.</summary>
public enum ObservationKind
{
    /// <summary>It answered, and its medium works.</summary>
    Answered,

    /// <summary>It did not answer in time.</summary>
    NoAnswer,

    /// <summary>Its medium failed to write or to sync: it is out of service.</summary>
    MediumFailed,

    /// <summary>Its silo is known to be away. To be repeated like <see cref="NoAnswer"/> while it is.</summary>
    ProcessLeft,
}

/// <summary>One answer to a probe, or the lack of one.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Latency">How long the answer took; zero when there was none.</param>
public readonly record struct MemberObservation(ObservationKind Kind, TimeSpan Latency)
{
    /// <summary>It did not answer in time.</summary>
    public static MemberObservation NoAnswer => new(ObservationKind.NoAnswer, TimeSpan.Zero);

    /// <summary>Its medium failed.</summary>
    public static MemberObservation MediumFailed => new(ObservationKind.MediumFailed, TimeSpan.Zero);

    /// <summary>Its silo is away.</summary>
    public static MemberObservation ProcessLeft => new(ObservationKind.ProcessLeft, TimeSpan.Zero);

    /// <summary>It answered.</summary>
    public static MemberObservation Answered(TimeSpan latency) => new(ObservationKind.Answered, latency);
}
