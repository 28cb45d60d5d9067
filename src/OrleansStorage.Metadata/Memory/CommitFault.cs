namespace OrleansStorage.Metadata.Memory;

/// <summary>What goes wrong with a commit on purpose.</summary>
public enum CommitFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The store refuses it: unavailable, and known not to be committed.</summary>
    Refused,

    /// <summary>It is lost on its way: unavailable, outcome unknown, never committed.</summary>
    RequestLost,

    /// <summary>It is committed, and the answer is lost: unavailable, outcome unknown.</summary>
    AnswerLost,

    /// <summary>
    /// The caller is told at once that the store is unavailable, outcome unknown; it is committed after
    /// <see cref="MemoryMetadataStoreOptions.LateCommitDelay"/>, if its conditions hold then.
    /// </summary>
    CommittedLate,
}
