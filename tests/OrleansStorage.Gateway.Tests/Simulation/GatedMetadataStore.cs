using OrleansStorage.Metadata;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>One process's way to the metadata store: stands still while the process is paused, ends with it.</summary>
internal sealed class GatedMetadataStore(IMetadataStore store) : IMetadataStore
{
    private TaskCompletionSource? _closed;

    public bool IsExclusive => store.IsExclusive;

    /// <summary>Nothing gets through any more: the process is dead.</summary>
    public bool IsDead { get; set; }

    public void Close() => _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        _closed?.TrySetResult();
        _closed = null;
    }

    public async ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        await PassAsync();
        await store.CommitAsync(transaction, cancellationToken);
        await PassAsync();
    }

    public async ValueTask<TRow?> FindAsync<TKey, TRow>(
        Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        await PassAsync();
        var row = await store.FindAsync(table, key, cancellationToken);
        await PassAsync();
        return row;
    }

    public async ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        await PassAsync();
        var rows = await store.ScanAsync(table, range, limit, cancellationToken);
        await PassAsync();
        return rows;
    }

    public ValueTask DisposeAsync() => default;

    private async ValueTask PassAsync()
    {
        while (_closed is { } closed)
        {
            await closed.Task;
        }

        if (IsDead)
        {
            // A dead process never hears an answer.
            await new TaskCompletionSource().Task;
        }
    }
}
