namespace OrleansStorage.Metadata.Tests;

/// <summary>A table's columns as text, to compare mappings with databases.</summary>
internal static class SchemaText
{
    public static string Of(Table table) => Of(
        [.. table.KeyColumns.Select((column, i) => (column.Name, TypeName(column.Type), false, i + 1L)),
        .. table.ValueColumns.Select(column => (column.Name, TypeName(column.Type), column.IsNullable, 0L))]);

    public static string Of(IReadOnlyList<(string Name, string Type, bool IsNullable, long KeyIndex)> columns) =>
        string.Join("\n", columns.Select(column =>
            $"{column.Name} {Normal(column.Type)} {(column.IsNullable ? "null" : "not null")} key {column.KeyIndex}"));

    private static string TypeName(ColumnType type) => type switch
    {
        ColumnType.Int64 => "INTEGER",
        ColumnType.Text => "TEXT",
        _ => "BLOB",
    };

    private static string Normal(string type) => type switch
    {
        "bigint" => "INTEGER",
        "text" => "TEXT",
        "bytea" => "BLOB",
        _ => type,
    };
}
