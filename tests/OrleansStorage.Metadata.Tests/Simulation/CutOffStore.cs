namespace OrleansStorage.Metadata.Tests.Simulation;

/// <summary>A store as one silo sees it, which can be cut off from it. Calls on their way go on.</summary>
internal sealed class CutOffStore(IMetadataStore inner) : IMetadataStore
{
    public bool IsCutOff { get; set; }

    public bool IsExclusive => inner.IsExclusive;

    public ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken) =>
        IsCutOff ? ValueTask.FromException(CutOff()) : inner.CommitAsync(transaction, cancellationToken);

    public ValueTask<TRow?> FindAsync<TKey, TRow>(Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class =>
        IsCutOff ? ValueTask.FromException<TRow?>(CutOff()) : inner.FindAsync(table, key, cancellationToken);

    public ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class =>
        IsCutOff
            ? ValueTask.FromException<IReadOnlyList<TRow>>(CutOff())
            : inner.ScanAsync(table, range, limit, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static MetadataUnavailableException CutOff() => new("Cut off.", outcomeUnknown: false);
}
