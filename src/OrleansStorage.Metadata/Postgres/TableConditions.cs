using Npgsql;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>What the transactions of a batch require of one table.</summary>
/// <remarks>
/// Rows that must be there are locked, so that they stay until the commit: for update when the batch changes them too,
/// else shared. Rows that must not be there are inserted with nothing but their keys, which keeps others from inserting
/// them, and deleted again before the changes. Ranges are looked at last, when every lock is held.
/// </remarks>
internal sealed class TableConditions(TableLayout layout)
{
    private readonly Dictionary<byte[], ColumnValue[]> _present = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], ColumnValue[]> _absent = new(KeyComparer.Instance);
    private readonly List<PreparedRange> _empty = [];
    private readonly Dictionary<byte[], long> _found = new(KeyComparer.Instance);
    private readonly HashSet<byte[]> _inserted = new(KeyComparer.Instance);
    private readonly HashSet<PreparedRange> _notEmpty = [];

    /// <summary>Adds a condition.</summary>
    public void Add(PreparedCondition condition, KeyEncoder encoder)
    {
        if (condition.Kind == ConditionKind.Empty)
        {
            _empty.Add(condition.Range!);
            return;
        }

        var keys = IsAbsence(condition) ? _absent : _present;
        keys[encoder.Encode(layout, condition.Key)] = condition.Key;
    }

    /// <summary>The statements that lock what must be there.</summary>
    public IEnumerable<NpgsqlBatchCommand> Locks(TableChanges? changes)
    {
        var sorted = _present.OrderBy(pair => pair.Key, TableChanges.ByKey).ToLookup(pair => changes?.Touches(pair.Key) ?? false);
        var text = PostgresText.Of(layout);
        foreach (var (isChanged, sql) in new[] { (true, text.LockForUpdate), (false, text.LockForShare) })
        {
            var keys = sorted[isChanged].Select(pair => pair.Value).ToArray();
            if (keys.Length > 0)
            {
                yield return PostgresParameters.Arrays(sql, layout, layout.KeyCount, keys);
            }
        }
    }

    /// <summary>The statement that inserts what must not be there.</summary>
    public IEnumerable<NpgsqlBatchCommand> Placeholders() => ForAbsent(PostgresText.Of(layout).InsertPlaceholders);

    /// <summary>The statement that deletes it again.</summary>
    public IEnumerable<NpgsqlBatchCommand> RemovePlaceholders()
    {
        var inserted = _absent.Where(pair => _inserted.Contains(pair.Key)).Select(pair => pair.Value).ToArray();
        return inserted.Length == 0
            ? []
            : [PostgresParameters.Arrays(PostgresText.Of(layout).Delete, layout, layout.KeyCount, inserted)];
    }

    /// <summary>The statements that look into ranges; placeholders are counted and must be overlooked.</summary>
    public IEnumerable<NpgsqlBatchCommand> Ranges()
    {
        var text = PostgresText.Of(layout);
        return _empty.Select(range => PostgresParameters.Range(
            range.FromInclusive ? text.KeysFrom : text.KeysAfter, layout, range, _absent.Count + 1));
    }

    /// <summary>Takes the answer of one of <see cref="Locks"/>.</summary>
    public async ValueTask ReadLocksAsync(NpgsqlDataReader reader, KeyEncoder encoder)
    {
        while (await reader.ReadAsync())
        {
            _found[ReadKey(reader, encoder)] = reader.GetInt64(layout.KeyCount);
        }
    }

    /// <summary>Takes the answer of <see cref="Placeholders"/>.</summary>
    public async ValueTask ReadPlaceholdersAsync(NpgsqlDataReader reader, KeyEncoder encoder)
    {
        while (await reader.ReadAsync())
        {
            _inserted.Add(ReadKey(reader, encoder));
        }
    }

    /// <summary>Takes the answer of one of <see cref="Ranges"/>.</summary>
    public async ValueTask ReadRangeAsync(int index, NpgsqlDataReader reader, KeyEncoder encoder)
    {
        while (await reader.ReadAsync())
        {
            if (!_inserted.Contains(ReadKey(reader, encoder)))
            {
                _notEmpty.Add(_empty[index]);
            }
        }
    }

    /// <summary>Whether a condition holds; all answers have been read.</summary>
    public bool Holds(PreparedCondition condition, KeyEncoder encoder)
    {
        if (condition.Kind == ConditionKind.Empty)
        {
            return !_notEmpty.Contains(condition.Range!);
        }

        var key = encoder.Encode(layout, condition.Key);
        return IsAbsence(condition) ? _inserted.Contains(key)
            : _found.TryGetValue(key, out var epoch) && (condition.Kind == ConditionKind.Exists || epoch == condition.Epoch);
    }

    private static bool IsAbsence(PreparedCondition condition) =>
        condition is { Kind: ConditionKind.Absent } or { Kind: ConditionKind.Epoch, Epoch: 0 };

    private IEnumerable<NpgsqlBatchCommand> ForAbsent(string sql)
    {
        var keys = _absent.OrderBy(pair => pair.Key, TableChanges.ByKey).Select(pair => pair.Value).ToArray();
        return keys.Length == 0 ? [] : [PostgresParameters.Arrays(sql, layout, layout.KeyCount, keys)];
    }

    private byte[] ReadKey(NpgsqlDataReader reader, KeyEncoder encoder)
    {
        encoder.Begin(layout.KeyCount);
        for (var i = 0; i < layout.KeyCount; i++)
        {
            switch (layout.Columns[i].Type)
            {
                case ColumnType.Int64:
                    encoder.Int64(reader.GetInt64(i));
                    break;
                case ColumnType.Text:
                    encoder.Text(reader.GetString(i));
                    break;
                default:
                    encoder.Bytes(reader.GetFieldValue<byte[]>(i));
                    break;
            }
        }

        return encoder.Encoded.ToArray();
    }
}
