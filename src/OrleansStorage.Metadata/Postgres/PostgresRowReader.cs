using Npgsql;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>Gives the values of the current row of a result to a mapping.</summary>
internal sealed class PostgresRowReader(NpgsqlDataReader reader) : IRowReader
{
    private int _column;

    /// <summary>The next row, from its first column on.</summary>
    public PostgresRowReader FromStart()
    {
        _column = 0;
        return this;
    }

    /// <inheritdoc/>
    public long Int64() => reader.GetInt64(_column++);

    /// <inheritdoc/>
    public long? NullableInt64() => IsNull() ? null : Int64();

    /// <inheritdoc/>
    public string Text() => reader.GetString(_column++);

    /// <inheritdoc/>
    public string? NullableText() => IsNull() ? null : Text();

    /// <inheritdoc/>
    public byte[] Bytes() => reader.GetFieldValue<byte[]>(_column++);

    /// <inheritdoc/>
    public byte[]? NullableBytes() => IsNull() ? null : Bytes();

    private bool IsNull()
    {
        if (!reader.IsDBNull(_column))
        {
            return false;
        }

        _column++;
        return true;
    }
}
