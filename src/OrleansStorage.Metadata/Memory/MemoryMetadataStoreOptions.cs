namespace OrleansStorage.Metadata.Memory;

/// <summary>How a <see cref="MemoryMetadataStore"/> behaves.</summary>
public sealed class MemoryMetadataStoreOptions
{
    /// <summary>What <see cref="IMetadataStore.IsExclusive"/> says; false when several silos share the store.</summary>
    public bool IsExclusive { get; init; } = true;

    /// <summary>The clock of the delays.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where delays are drawn from; needed when there are any.</summary>
    public Random? Random { get; init; }

    /// <summary>A commit happens up to this long after the call, and is answered up to this long after that.</summary>
    /// <remarks>Zero completes before the call returns.</remarks>
    public TimeSpan CommitDelayMax { get; init; }

    /// <summary>A read happens up to this long after the call, and is answered up to this long after that.</summary>
    /// <remarks>Zero completes before the call returns.</remarks>
    public TimeSpan ReadDelayMax { get; init; }

    /// <summary>When a <see cref="CommitFault.CommittedLate"/> is committed.</summary>
    public TimeSpan LateCommitDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Asked once for every commit; null for no faults.</summary>
    public Func<MetadataTransaction, CommitFault>? CommitFaults { get; init; }

    /// <summary>Throws when the options contradict each other.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CommitDelayMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadDelayMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LateCommitDelay, TimeSpan.Zero);
        if (Random is null && (CommitDelayMax > TimeSpan.Zero || ReadDelayMax > TimeSpan.Zero))
        {
            throw new ArgumentException($"{nameof(Random)} must be given when there are delays.");
        }
    }
}
