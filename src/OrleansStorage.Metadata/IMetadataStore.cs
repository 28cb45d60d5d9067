namespace OrleansStorage.Metadata;

/// <summary>The tables that hold every name of the system. Plain SQL tables, in SQLite, PostgreSQL or memory.</summary>
/// <remarks>
/// Reads see every transaction that was committed before they began (and nothing that is not committed). Transactions
/// are serializable with respect to their own conditions. Writers group-commit: transactions that arrive while a commit
/// runs go together in the next one; one that fails a condition fails alone.
/// </remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>No other process can have this store open: nobody's lease has to be waited for.</summary>
    bool IsExclusive { get; }

    /// <summary>Commits a transaction; completes when it is durable.</summary>
    /// <param name="transaction">Not to be changed any more; may be used once.</param>
    /// <param name="cancellationToken">Gives up while the transaction is still queued; afterwards without effect.</param>
    /// <exception cref="ArgumentException">A row or key does not fit its table; nothing was changed.</exception>
    /// <exception cref="FencedException">An epoch of the transaction is not the current one; nothing was changed.</exception>
    /// <exception cref="MetadataConditionException">Another condition does not hold; nothing was changed.</exception>
    /// <exception cref="MetadataUnavailableException">
    /// The store cannot be reached; <see cref="MetadataUnavailableException.OutcomeUnknown"/> tells whether the
    /// transaction may have been committed.
    /// </exception>
    ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken);

    /// <summary>One row, or <see langword="null"/>.</summary>
    /// <exception cref="ArgumentException">The key holds text that cannot be stored.</exception>
    /// <exception cref="MetadataUnavailableException">The store cannot be reached.</exception>
    ValueTask<TRow?> FindAsync<TKey, TRow>(Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class;

    /// <summary>Rows in key order.</summary>
    /// <param name="table">The table.</param>
    /// <param name="range">Which keys; compared column by column, text and bytes by their UTF-8 or own bytes.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="MetadataUnavailableException">The store cannot be reached.</exception>
    ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class;
}
