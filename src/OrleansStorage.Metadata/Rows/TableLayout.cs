namespace OrleansStorage.Metadata.Rows;

/// <summary>What the stores derive from a table once: its columns in one row, and its SQL.</summary>
internal sealed class TableLayout
{
    /// <summary>Derives it.</summary>
    public TableLayout(Table table)
    {
        Table = table;
        Columns = [.. table.KeyColumns, .. table.ValueColumns];
        KeyCount = table.KeyColumns.Count;
        Sql = new SqlText(this);
    }

    /// <summary>The table or view.</summary>
    public Table Table { get; }

    /// <summary>SQL name.</summary>
    public string Name => Table.Name;

    /// <summary>Key columns, then value columns.</summary>
    public Column[] Columns { get; }

    /// <summary>How many of the columns are the key.</summary>
    public int KeyCount { get; }

    /// <summary>The statements.</summary>
    public SqlText Sql { get; }
}
