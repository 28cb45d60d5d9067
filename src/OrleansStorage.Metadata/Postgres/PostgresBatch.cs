using System.Data.Common;
using Npgsql;
using OrleansStorage.Metadata.Commits;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>Transactions that are committed as one SQL transaction.</summary>
/// <remarks>
/// All conditions are looked at before any change is made. So a transaction may not join when one before it changes
/// what it requires. Two round trips: conditions and locks; then changes and commit. One, when nothing is required.
/// </remarks>
internal sealed class PostgresBatch(KeyEncoder encoder)
{
    private const int SizeBytesMax = 16 * 1024 * 1024;
    private readonly SortedDictionary<string, TableChanges> _changes = new(StringComparer.Ordinal);
    private readonly List<CommitRequest> _requests = [];
    private long _sizeBytes;

    /// <summary>The transactions.</summary>
    public IReadOnlyList<CommitRequest> Requests => _requests;

    /// <summary>COMMIT was sent: when no answer comes, nobody knows what became of it.</summary>
    public bool IsCommitSent { get; private set; }

    /// <summary>Adds a transaction, unless it does not fit to those before it. The first always fits.</summary>
    public bool TryAdd(CommitRequest request)
    {
        var sizeBytes = SizeOf(request.Transaction);
        if (_requests.Count > 0
            && (_sizeBytes + sizeBytes > SizeBytesMax || request.Transaction.Conditions.Any(IsTouched)))
        {
            return false;
        }

        _requests.Add(request);
        _sizeBytes += sizeBytes;
        AddChanges(_changes, request.Transaction);
        return true;
    }

    /// <summary>Commits; notes which transactions violate a condition and were left out.</summary>
    public async ValueTask CommitAsync(NpgsqlConnection connection, TimeSpan timeout)
    {
        IsCommitSent = false;
        var conditions = Conditions();
        if (conditions.Count > 0)
        {
            await CheckAsync(connection, timeout, conditions);
        }

        await using var batch = NewBatch(connection, timeout);
        if (conditions.Count == 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        }

        var accepted = new SortedDictionary<string, TableChanges>(StringComparer.Ordinal);
        _requests.Where(request => request.Violation is null).ToList()
            .ForEach(request => AddChanges(accepted, request.Transaction));
        Add(batch, conditions.Values.SelectMany(table => table.RemovePlaceholders()));
        Add(batch, accepted.Values.SelectMany(table => table.Commands()));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        IsCommitSent = true;
        await batch.ExecuteNonQueryAsync();
    }

    private async ValueTask CheckAsync(
        NpgsqlConnection connection, TimeSpan timeout, SortedDictionary<string, TableConditions> conditions)
    {
        await using (var batch = NewBatch(connection, timeout))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
            var answers = new List<Func<NpgsqlDataReader, ValueTask>>();
            AddQuestions(batch, conditions, answers);
            await using var reader = await batch.ExecuteReaderAsync();
            foreach (var answer in answers)
            {
                await answer(reader);
                await reader.NextResultAsync();
            }
        }

        foreach (var request in _requests)
        {
            request.Violation = Array.Find(
                request.Transaction.Conditions, each => !conditions[each.Table.Name].Holds(each, encoder))?.Violated();
        }
    }

    private void AddQuestions(
        NpgsqlBatch batch,
        SortedDictionary<string, TableConditions> conditions,
        List<Func<NpgsqlDataReader, ValueTask>> answers)
    {
        foreach (var (name, table) in conditions)
        {
            foreach (var command in table.Locks(_changes.GetValueOrDefault(name)))
            {
                batch.BatchCommands.Add(command);
                answers.Add(reader => table.ReadLocksAsync(reader, encoder));
            }
        }

        foreach (var table in conditions.Values)
        {
            foreach (var command in table.Placeholders())
            {
                batch.BatchCommands.Add(command);
                answers.Add(reader => table.ReadPlaceholdersAsync(reader, encoder));
            }
        }

        foreach (var table in conditions.Values)
        {
            foreach (var (index, command) in table.Ranges().Index())
            {
                batch.BatchCommands.Add(command);
                answers.Add(reader => table.ReadRangeAsync(index, reader, encoder));
            }
        }
    }

    private SortedDictionary<string, TableConditions> Conditions()
    {
        var tables = new SortedDictionary<string, TableConditions>(StringComparer.Ordinal);
        foreach (var condition in _requests.SelectMany(request => request.Transaction.Conditions))
        {
            if (!tables.TryGetValue(condition.Table.Name, out var table))
            {
                tables.Add(condition.Table.Name, table = new TableConditions(WholeTable(condition.Table)));
            }

            table.Add(condition, encoder);
        }

        return tables;
    }

    private void AddChanges(SortedDictionary<string, TableChanges> tables, PreparedTransaction transaction)
    {
        foreach (var change in transaction.Changes)
        {
            if (!tables.TryGetValue(change.Table.Name, out var table))
            {
                tables.Add(change.Table.Name, table = new TableChanges(WholeTable(change.Table)));
            }

            table.Add(change, encoder);
        }
    }

    private bool IsTouched(PreparedCondition condition) =>
        _changes.TryGetValue(condition.Table.Name, out var table)
        && (condition.Range is { } range
            ? table.Touches(range, encoder)
            : table.Touches(encoder.Encode(condition.Table, condition.Key)));

    // A condition or a deletion may come through a view, which has the same key.
    private static TableLayout WholeTable(TableLayout layout) =>
        layout.Table.IsView && Tables.Schema.Tables.FirstOrDefault(table => table.Name == layout.Name) is { } whole
            ? whole.Layout
            : layout;

    private static long SizeOf(PreparedTransaction transaction)
    {
        long sizeBytes = 0;
        foreach (var change in transaction.Changes)
        {
            for (var i = 0; i < change.Values.Length; i++)
            {
                sizeBytes += change.Table.Columns[i].Type == ColumnType.Bytes ? change.Values[i].Bytes?.Length ?? 0 : 0;
            }
        }

        return sizeBytes;
    }

    private static NpgsqlBatch NewBatch(NpgsqlConnection connection, TimeSpan timeout) =>
        new(connection) { Timeout = (int)timeout.TotalSeconds };

    private static void Add(DbBatch batch, IEnumerable<NpgsqlBatchCommand> commands)
    {
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }
    }
}
