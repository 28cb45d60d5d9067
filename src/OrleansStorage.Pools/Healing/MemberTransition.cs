namespace OrleansStorage.Pools.Healing;

/// <summary>Why a device changed its state.</summary>
public enum MemberReason
{
    /// <summary>It did not answer for <see cref="MemberWatchOptions.SuspectAfter"/>.</summary>
    NoAnswer,

    /// <summary>Its answers take far longer than those of the others.</summary>
    Slow,

    /// <summary>Its silo has left.</summary>
    ProcessLeft,

    /// <summary>Its medium failed.</summary>
    MediumFailed,

    /// <summary>It was away for longer than the grace period.</summary>
    GracePeriodOver,

    /// <summary>It answers again, and as fast as the others.</summary>
    AnswersAgain,

    /// <summary>It answers again after it was given up: slots that were given away are not its own any more.</summary>
    ReturnedAfterLoss,

    /// <summary>The operator wants it out.</summary>
    DrainAsked,

    /// <summary>The operator wants it to stay.</summary>
    DrainCancelled,

    /// <summary>The operator says that a device that was given up is sound.</summary>
    Readmitted,

    /// <summary>The operator gives it up.</summary>
    DeclaredLost,
}

/// <summary>A device changed its state.</summary>
/// <param name="Device">Which.</param>
/// <param name="From">Its state before.</param>
/// <param name="To">Its state now.</param>
/// <param name="Reason">Why.</param>
public sealed record MemberTransition(Guid Device, MemberState From, MemberState To, MemberReason Reason);
