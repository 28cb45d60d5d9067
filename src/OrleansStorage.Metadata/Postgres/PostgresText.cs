using System.Collections.Concurrent;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>The statements of a table that take many keys or rows at once, as one array for each column.</summary>
internal sealed class PostgresText
{
    private static readonly ConcurrentDictionary<TableLayout, PostgresText> Cache = new();

    private PostgresText(TableLayout layout)
    {
        var keys = layout.Columns.Take(layout.KeyCount).ToArray();
        var keyNames = Names(keys);
        var match = string.Join(" AND ", keys.Select(column => $"t.{column.Name} = w.{column.Name}"));
        var wanted = $"unnest({Arrays(keys)}) AS w({keyNames})";
        var tableKeys = string.Join(", ", keys.Select(column => $"t.{column.Name}"));
        var epoch = layout.Name == Tables.Schema.Owners.Name ? "t.epoch" : "0::bigint";
        var select = $"SELECT {tableKeys}, {epoch} FROM {layout.Name} t JOIN {wanted} ON {match} ORDER BY {tableKeys}";
        LockForUpdate = select + " FOR UPDATE OF t";
        LockForShare = select + " FOR SHARE OF t";
        InsertPlaceholders =
            $"INSERT INTO {layout.Name} ({Names(layout.Columns)}) SELECT {keyNames}{Placeholders(layout)} FROM {wanted} "
            + $"ON CONFLICT DO NOTHING RETURNING {keyNames}";
        Delete = $"DELETE FROM {layout.Name} t USING {wanted} WHERE {match}";
        Put = $"INSERT INTO {layout.Name} ({Names(layout.Columns)}) SELECT * FROM unnest({Arrays(layout.Columns)}) "
            + layout.Sql.OnConflict;
        KeysFrom = KeysIn(layout, fromInclusive: true);
        KeysAfter = KeysIn(layout, fromInclusive: false);
    }

    /// <summary>Locks the rows there are against changes, and gives their keys and epochs.</summary>
    public string LockForShare { get; }

    /// <summary>Locks the rows there are against changes and other locks, and gives their keys and epochs.</summary>
    public string LockForUpdate { get; }

    /// <summary>Inserts rows that hold nothing but their keys; gives the keys that were not there.</summary>
    public string InsertPlaceholders { get; }

    /// <summary>Deletes rows by key.</summary>
    public string Delete { get; }

    /// <summary>Inserts or replaces rows.</summary>
    public string Put { get; }

    /// <summary>The first keys of a range that includes its beginning.</summary>
    public string KeysFrom { get; }

    /// <summary>The first keys of a range that does not.</summary>
    public string KeysAfter { get; }

    public static PostgresText Of(TableLayout layout) => Cache.GetOrAdd(layout, static each => new PostgresText(each));

    private static string Names(IEnumerable<Column> columns) => string.Join(", ", columns.Select(column => column.Name));

    private static string Arrays(IReadOnlyList<Column> columns) =>
        string.Join(", ", columns.Select((column, i) => $"${i + 1}::{ArrayType(column.Type)}"));

    private static string ArrayType(ColumnType type) => type switch
    {
        ColumnType.Int64 => "bigint[]",
        ColumnType.Text => "text[]",
        _ => "bytea[]",
    };

    private static string Placeholders(TableLayout layout) => string.Concat(
        layout.Columns.Skip(layout.KeyCount).Select(column => column switch
        {
            { IsNullable: true } => ", NULL",
            { Type: ColumnType.Int64 } => ", 0",
            { Type: ColumnType.Text } => ", ''",
            _ => ", ''::bytea",
        }));

    private static string KeysIn(TableLayout layout, bool fromInclusive)
    {
        var keys = Names(layout.Columns.Take(layout.KeyCount));
        var limit = (2 * layout.KeyCount) + 1;
        return $"SELECT {keys} FROM {layout.Name} WHERE {layout.Sql.Range(fromInclusive)} ORDER BY {keys} LIMIT ${limit}";
    }
}
