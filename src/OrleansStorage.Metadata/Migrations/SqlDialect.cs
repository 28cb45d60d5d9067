namespace OrleansStorage.Metadata.Migrations;

/// <summary>The few words in which table definitions differ between the databases.</summary>
/// <param name="Int64">A signed 64-bit integer.</param>
/// <param name="Text">Text in the order of its UTF-8 bytes.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Clustered">Ends a table of short rows, which may lie in its primary key.</param>
/// <param name="Rowid">Ends a table of long rows, or one whose primary key is a single integer.</param>
/// <param name="Prefix">Lines that begin with this are for this database alone.</param>
internal sealed record SqlDialect(
    string Int64, string Text, string Bytes, string Clustered, string Rowid, string Prefix)
{
    /// <summary>
    /// SQLite: strict types. A table without rowid is one tree instead of two, but searching it reads the overflow
    /// pages of every row that it passes.
    /// </summary>
    public static SqlDialect Sqlite { get; } =
        new("INTEGER", "TEXT", "BLOB", " STRICT, WITHOUT ROWID", " STRICT", "--sqlite: ");

    /// <summary>PostgreSQL.</summary>
    public static SqlDialect Postgres { get; } =
        new("bigint", "text COLLATE \"C\"", "bytea", "", "", "--postgres: ");

    /// <summary>A script in this database's words.</summary>
    public string Translate(string script) => script
        .Replace("{int64}", Int64, StringComparison.Ordinal)
        .Replace("{text}", Text, StringComparison.Ordinal)
        .Replace("{bytes}", Bytes, StringComparison.Ordinal)
        .Replace("{clustered}", Clustered, StringComparison.Ordinal)
        .Replace("{rowid}", Rowid, StringComparison.Ordinal)
        .Replace(Prefix, "", StringComparison.Ordinal);
}
