using Npgsql;
using NpgsqlTypes;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>Adds parameters to a statement, in order.</summary>
internal sealed class PostgresParameters(NpgsqlParameterCollection parameters) : IRowWriter
{
    /// <summary>A batch's statement with one array for each of the first columns of some rows.</summary>
    public static NpgsqlBatchCommand Arrays(string sql, TableLayout layout, int columns, IReadOnlyList<ColumnValue[]> rows)
    {
        var command = new NpgsqlBatchCommand(sql);
        for (var i = 0; i < columns; i++)
        {
            command.Parameters.Add(Array(layout.Columns[i], rows, i));
        }

        return command;
    }

    /// <summary>A batch's statement about a range, and a limit unless it is 0.</summary>
    public static NpgsqlBatchCommand Range(string sql, TableLayout layout, PreparedRange range, int limit)
    {
        var command = new NpgsqlBatchCommand(sql);
        var parameters = new PostgresParameters(command.Parameters);
        parameters.Add(layout, range.From);
        parameters.Add(layout, range.To);
        if (limit > 0)
        {
            parameters.Int64(limit);
        }

        return command;
    }

    /// <inheritdoc/>
    public void Int64(long value) => parameters.Add(new NpgsqlParameter<long> { TypedValue = value });

    /// <inheritdoc/>
    public void NullableInt64(long? value) => Int64(value ?? throw new ArgumentException("A key column is null."));

    /// <inheritdoc/>
    public void Text(string? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        StoredText.Check(value);
        parameters.Add(new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text });
    }

    /// <inheritdoc/>
    public void Bytes(byte[]? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea });
    }

    private void Add(TableLayout layout, ColumnValue[] key)
    {
        for (var i = 0; i < key.Length; i++)
        {
            switch (layout.Columns[i].Type)
            {
                case ColumnType.Int64:
                    Int64(key[i].Int64);
                    break;
                case ColumnType.Text:
                    Text(key[i].Text);
                    break;
                default:
                    Bytes(key[i].Bytes);
                    break;
            }
        }
    }

    private static NpgsqlParameter Array(Column column, IReadOnlyList<ColumnValue[]> rows, int index) => column switch
    {
        { Type: ColumnType.Int64, IsNullable: false } => Array(rows, row => row[index].Int64, NpgsqlDbType.Bigint),
        { Type: ColumnType.Int64 } => Array(rows, row => row[index].NullableInt64, NpgsqlDbType.Bigint),
        { Type: ColumnType.Text } => Array(rows, row => row[index].Text, NpgsqlDbType.Text),
        _ => Array(rows, row => row[index].Bytes, NpgsqlDbType.Bytea),
    };

    private static NpgsqlParameter<T[]> Array<T>(
        IReadOnlyList<ColumnValue[]> rows, Func<ColumnValue[], T> value, NpgsqlDbType type)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(rows[i]);
        }

        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
