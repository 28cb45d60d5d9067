using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Memory;

/// <summary>A metadata store in memory: the reference of the others, and the store of seeded simulations.</summary>
/// <remarks>
/// It forgets everything when the process ends. It may be used from any number of threads. Without delays every call
/// completes before it returns. With delays, calls happen and are answered on the timers of the clock, never on a
/// thread of its own, so that a single-threaded simulation which owns the clock and the <see cref="Random"/> replays.
/// </remarks>
public sealed class MemoryMetadataStore : IMetadataStore
{
    private readonly MemoryMetadataStoreOptions _options;
    private readonly Dictionary<string, MemoryTable> _tables = [];
    private readonly KeyEncoder _encoder = new();
    private readonly Lock _lock = new();
    private int _crashes;
    private bool _isDisposed;

    /// <summary>An empty store.</summary>
    public MemoryMetadataStore(MemoryMetadataStoreOptions? options = null)
    {
        _options = options ?? new MemoryMetadataStoreOptions();
        _options.Validate();
    }

    /// <inheritdoc/>
    public bool IsExclusive => _options.IsExclusive;

    /// <summary>Calls are refused while it is true. What has happened already is still answered.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>
    /// The store crashes and is back at once: calls that are not answered yet fail, commits among them with an unknown
    /// outcome. Nothing that was acknowledged is lost.
    /// </summary>
    public void Crash() => Interlocked.Increment(ref _crashes);

    /// <inheritdoc/>
    public ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        var prepared = PreparedTransaction.From(transaction);
        if (Refusal(cancellationToken) is { } refusal)
        {
            return ValueTask.FromException(refusal);
        }

        var fault = _options.CommitFaults?.Invoke(transaction) ?? CommitFault.None;
        return fault == CommitFault.None && _options.CommitDelayMax == TimeSpan.Zero
            ? CommitNow(prepared)
            : CommitLater(prepared, fault, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<TRow?> FindAsync<TKey, TRow>(Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        if (Refusal(cancellationToken) is { } refusal)
        {
            return ValueTask.FromException<TRow?>(refusal);
        }

        return _options.ReadDelayMax == TimeSpan.Zero
            ? new ValueTask<TRow?>(Find(table, key))
            : ReadLater(() => Find(table, key), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (Refusal(cancellationToken) is { } refusal)
        {
            return ValueTask.FromException<IReadOnlyList<TRow>>(refusal);
        }

        return _options.ReadDelayMax == TimeSpan.Zero
            ? new ValueTask<IReadOnlyList<TRow>>(Scan(table, range, limit))
            : ReadLater<IReadOnlyList<TRow>>(() => Scan(table, range, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return default;
    }

    private Exception? Refusal(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken)
            : IsUnavailable ? Unavailable(outcomeUnknown: false)
            : null;
    }

    private static MetadataUnavailableException Unavailable(bool outcomeUnknown) =>
        new("The metadata store cannot be reached.", outcomeUnknown);

    private ValueTask CommitNow(PreparedTransaction transaction)
    {
        var failure = Apply(transaction);
        return failure is null ? default : ValueTask.FromException(failure);
    }

    private ValueTask CommitLater(PreparedTransaction transaction, CommitFault fault, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case CommitFault.Refused:
                return ValueTask.FromException(Unavailable(outcomeUnknown: false));
            case CommitFault.CommittedLate:
                _ = Later(() => Apply(transaction), _options.LateCommitDelay, TimeSpan.Zero, outcomeUnknown: true)
                    .AnswerAsync(CancellationToken.None);
                return ValueTask.FromException(Unavailable(outcomeUnknown: true));
            default:
                return AnsweredAsync();
        }

        async ValueTask AnsweredAsync()
        {
            var call = Later(
                () => fault == CommitFault.RequestLost ? null : Apply(transaction),
                Delay(_options.CommitDelayMax),
                Delay(_options.CommitDelayMax),
                outcomeUnknown: true);
            var failure = await call.AnswerAsync(cancellationToken);
            if (failure is not null || fault != CommitFault.None)
            {
                throw fault == CommitFault.None ? failure! : Unavailable(outcomeUnknown: true);
            }
        }
    }

    private async ValueTask<T> ReadLater<T>(Func<T> read, CancellationToken cancellationToken)
    {
        var call = Later(read, Delay(_options.ReadDelayMax), Delay(_options.ReadDelayMax), outcomeUnknown: false);
        return await call.AnswerAsync(cancellationToken);
    }

    private DelayedCall<T> Later<T>(Func<T> call, TimeSpan sendDelay, TimeSpan answerDelay, bool outcomeUnknown)
    {
        var crashes = Volatile.Read(ref _crashes);
        var hasHappened = false;
        return new DelayedCall<T>(
            _options.TimeProvider,
            sendDelay,
            answerDelay,
            () =>
            {
                hasHappened = true;
                return call();
            },
            () => crashes != Volatile.Read(ref _crashes) || (IsUnavailable && !hasHappened)
                ? Unavailable(outcomeUnknown)
                : null);
    }

    private TimeSpan Delay(TimeSpan max)
    {
        if (max == TimeSpan.Zero)
        {
            return max;
        }

        lock (_lock)
        {
            return TimeSpan.FromTicks(_options.Random!.NextInt64(max.Ticks + 1));
        }
    }

    private MetadataException? Apply(PreparedTransaction transaction)
    {
        lock (_lock)
        {
            foreach (var condition in transaction.Conditions)
            {
                if (!Holds(condition))
                {
                    return condition.Violated();
                }
            }

            foreach (var change in transaction.Changes)
            {
                Apply(change);
            }

            return null;
        }
    }

    private bool Holds(PreparedCondition condition)
    {
        var table = _tables.GetValueOrDefault(condition.Table.Name);
        if (condition.Kind == ConditionKind.Empty)
        {
            return table is null || Collect(table, condition.Table, condition.Range!, limit: 1).Count == 0;
        }

        var row = table?.Find(_encoder.Encode(condition.Table, condition.Key));
        return condition.Kind switch
        {
            ConditionKind.Epoch => (row?[condition.Table.KeyCount].Int64 ?? 0) == condition.Epoch,
            ConditionKind.Exists => row is not null,
            _ => row is null,
        };
    }

    private void Apply(PreparedChange change)
    {
        if (!_tables.TryGetValue(change.Table.Name, out var table))
        {
            if (change.Kind != ChangeKind.Put)
            {
                return;
            }

            table = new MemoryTable(change.Table);
            _tables.Add(change.Table.Name, table);
        }

        switch (change.Kind)
        {
            case ChangeKind.Put:
                table.Put(_encoder.Encode(change.Table, change.Values), change.Values);
                break;
            case ChangeKind.Delete:
                table.Delete(_encoder.Encode(change.Table, change.Values));
                break;
            default:
                Collect(table, change.Table, change.Range!, int.MaxValue).ForEach(row => table.Delete(row.Key));
                break;
        }
    }

    private List<MemoryRow> Collect(MemoryTable table, TableLayout layout, PreparedRange range, int limit) =>
        table.Collect(_encoder.Encode(layout, range.From), range.FromInclusive, _encoder.Encode(layout, range.To), limit);

    private TRow? Find<TKey, TRow>(Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class
    {
        ColumnValue[]? values;
        int[]? mapping;
        lock (_lock)
        {
            _encoder.Begin(table.Layout.KeyCount);
            table.WriteKey(key, _encoder);
            if (!_tables.TryGetValue(table.Name, out var stored))
            {
                return null;
            }

            values = stored.Find(_encoder.Encoded);
            mapping = values is null ? null : stored.MappingOf(table.Layout);
        }

        return values is null ? null : table.Read(new StoredRowReader(mapping).Over(values));
    }

    private TRow[] Scan<TKey, TRow>(Table<TKey, TRow> table, KeyRange<TKey> range, int limit)
        where TKey : notnull
        where TRow : class
    {
        var prepared = PreparedRange.Of(new RowBuffer(), table.Layout, KeyRangeWriter.From(table, range));
        ColumnValue[][] found;
        int[]? mapping;
        lock (_lock)
        {
            if (!_tables.TryGetValue(table.Name, out var stored))
            {
                return [];
            }

            var rows = Collect(stored, table.Layout, prepared, limit);
            found = new ColumnValue[rows.Count][];
            for (var i = 0; i < found.Length; i++)
            {
                found[i] = rows[i].Values;
            }

            mapping = stored.MappingOf(table.Layout);
        }

        var reader = new StoredRowReader(mapping);
        return Array.ConvertAll(found, values => table.Read(reader.Over(values)));
    }
}
