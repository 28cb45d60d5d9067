namespace OrleansStorage.Metadata;

/// <summary>A failure of the metadata store.</summary>
public abstract class MetadataException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The same call may succeed when it is repeated.</summary>
    public abstract bool IsTransient { get; }
}

/// <summary>A transaction carried an epoch that is not the current one of its owner. Nothing was changed.</summary>
public sealed class FencedException(string owner, long epoch)
    : MetadataException($"Epoch {epoch} of '{owner}' is over: somebody else owns it now.")
{
    /// <summary>Whose epoch it was.</summary>
    public string Owner { get; } = owner;

    /// <summary>The epoch that is over.</summary>
    public long Epoch { get; } = epoch;

    /// <inheritdoc/>
    public override bool IsTransient => false;
}

/// <summary>A condition of a transaction does not hold. Nothing was changed.</summary>
public sealed class MetadataConditionException(string table, string message) : MetadataException(message)
{
    /// <summary>SQL name of the table that the condition speaks of.</summary>
    public string Table { get; } = table;

    /// <inheritdoc/>
    public override bool IsTransient => false;
}

/// <summary>The store cannot be reached, or is too busy.</summary>
public sealed class MetadataUnavailableException(string message, bool outcomeUnknown, Exception? inner = null)
    : MetadataException(message, inner)
{
    /// <summary>The transaction may or may not have been committed.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>The store is damaged, or holds something that this version cannot read. A person has to look at it.</summary>
public sealed class MetadataCorruptException(string message, Exception? inner = null) : MetadataException(message, inner)
{
    /// <inheritdoc/>
    public override bool IsTransient => false;
}
