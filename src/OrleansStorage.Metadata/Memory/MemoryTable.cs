using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Memory;

/// <summary>A table in memory: a hash table for single rows, an ordered index for ranges. Not for several threads.</summary>
internal sealed class MemoryTable
{
    private readonly Column[] _columns;
    private readonly Dictionary<byte[], MemoryRow> _rows = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], MemoryRow>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly OrderedIndex _order = new();
    private readonly Dictionary<TableLayout, int[]?> _mappings = [];

    /// <summary>An empty table with the columns of <paramref name="layout"/>, which is no view.</summary>
    public MemoryTable(TableLayout layout)
    {
        _columns = layout.Columns;
        _lookup = _rows.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The columns of the row with the key, or null.</summary>
    public ColumnValue[]? Find(ReadOnlySpan<byte> key) => _lookup.TryGetValue(key, out var row) ? row.Values : null;

    /// <summary>The rows of a range, in order.</summary>
    public List<MemoryRow> Collect(byte[] from, bool fromInclusive, byte[] to, int limit)
    {
        var rows = new List<MemoryRow>();
        _order.Collect(from, fromInclusive, to, limit, rows);
        return rows;
    }

    /// <summary>Inserts or replaces a row.</summary>
    public void Put(byte[] key, ColumnValue[] values)
    {
        if (_rows.TryGetValue(key, out var row))
        {
            row.Values = values;
            return;
        }

        row = new MemoryRow(key, values);
        _rows.Add(key, row);
        _order.Insert(row);
    }

    /// <summary>Deletes a row; none is no error.</summary>
    public void Delete(byte[] key)
    {
        if (_rows.Remove(key))
        {
            _order.Remove(key);
        }
    }

    /// <summary>Where the columns of a mapping lie in a row; null when they lie in the same order.</summary>
    /// <exception cref="InvalidOperationException">The mapping names a column that the table does not have.</exception>
    public int[]? MappingOf(TableLayout layout)
    {
        if (_mappings.TryGetValue(layout, out var mapping))
        {
            return mapping;
        }

        mapping = [.. layout.Columns.Select(column => Array.IndexOf(_columns, column))];
        if (mapping.Contains(-1))
        {
            throw new InvalidOperationException($"A mapping of '{layout.Name}' does not match the table.");
        }

        if (mapping.SequenceEqual(Enumerable.Range(0, mapping.Length)))
        {
            mapping = null;
        }

        _mappings[layout] = mapping;
        return mapping;
    }
}
