namespace OrleansStorage.Metadata.Rows;

/// <summary>The statements for one table that SQLite and PostgreSQL both understand.</summary>
/// <remarks>
/// Parameters are <c>$1</c>, <c>$2</c>, … in the order of their first use, which both number alike. Ranges compare
/// row values, which both answer from the primary key.
/// </remarks>
internal sealed class SqlText
{
    private readonly string _name;
    private readonly string _key;
    private readonly string _columns;
    private readonly int _keyCount;
    private readonly int _columnCount;
    private readonly string _assignments;

    public SqlText(TableLayout layout)
    {
        var keys = layout.Columns.Take(layout.KeyCount).Select(column => column.Name).ToArray();
        _name = layout.Name;
        _keyCount = layout.KeyCount;
        _columnCount = layout.Columns.Length;
        _key = Row(keys);
        _columns = string.Join(", ", layout.Columns.Select(column => column.Name));
        _assignments = string.Join(
            ", ", layout.Columns.Skip(layout.KeyCount).Select(column => $"{column.Name} = excluded.{column.Name}"));
        Find = $"SELECT {_columns} FROM {_name} WHERE {_key} = {Row(Parameters(1, _keyCount))}";
        Exists = $"SELECT 1 FROM {_name} WHERE {_key} = {Row(Parameters(1, _keyCount))}";
        Delete = $"DELETE FROM {_name} WHERE {_key} = {Row(Parameters(1, _keyCount))}";
        Put = $"INSERT INTO {_name} ({_columns}) VALUES ({string.Join(", ", Parameters(1, _columnCount))}) {OnConflict}";
    }

    /// <summary>All columns of the row with the key.</summary>
    public string Find { get; }

    /// <summary>A row if there is one with the key.</summary>
    public string Exists { get; }

    /// <summary>Deletes the row with the key.</summary>
    public string Delete { get; }

    /// <summary>Inserts or replaces a row.</summary>
    public string Put { get; }

    /// <summary>What an insert does when the key is there already.</summary>
    public string OnConflict => _assignments.Length == 0
        ? $"ON CONFLICT {Parenthesized} DO NOTHING"
        : $"ON CONFLICT {Parenthesized} DO UPDATE SET {_assignments}";

    private string Parenthesized => _keyCount == 1 ? $"({_key})" : _key;

    /// <summary>All columns of the rows of a range, in key order; the last parameter is the limit.</summary>
    public string Scan(bool fromInclusive) =>
        $"SELECT {_columns} FROM {_name} WHERE {Range(fromInclusive)} ORDER BY {_key.Trim('(', ')')} "
        + $"LIMIT ${(2 * _keyCount) + 1}";

    /// <summary>A row if there is one in the range.</summary>
    public string Any(bool fromInclusive) => $"SELECT 1 FROM {_name} WHERE {Range(fromInclusive)} LIMIT 1";

    /// <summary>Deletes the rows of a range.</summary>
    public string DeleteRange(bool fromInclusive) => $"DELETE FROM {_name} WHERE {Range(fromInclusive)}";

    /// <summary>The condition of a range: first the beginning's parameters, then the end's.</summary>
    public string Range(bool fromInclusive) =>
        $"{_key} {(fromInclusive ? ">=" : ">")} {Row(Parameters(1, _keyCount))} "
        + $"AND {_key} < {Row(Parameters(_keyCount + 1, _keyCount))}";

    /// <summary>A row value; a single column stands alone, because SQLite knows no row value of one.</summary>
    public static string Row(IReadOnlyList<string> parts) =>
        parts.Count == 1 ? parts[0] : $"({string.Join(", ", parts)})";

    private static string[] Parameters(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => $"${number}")];
}
