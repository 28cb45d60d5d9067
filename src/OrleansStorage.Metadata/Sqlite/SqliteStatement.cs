using System.Buffers;
using System.Text;
using OrleansStorage.Metadata.Rows;
using SQLitePCL;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>A prepared statement: takes its parameters in order, then gives its rows. For one thread at a time.</summary>
/// <remarks><see cref="Reset"/> after every use: an unfinished statement holds a snapshot open.</remarks>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IRowWriter, IRowReader, IDisposable
{
    private const int StackBytes = 512;
    private int _parameter;
    private int _column;

    /// <summary>Binds the next parameters to the values of columns.</summary>
    public void Bind(TableLayout layout, ReadOnlySpan<ColumnValue> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            switch (layout.Columns[i].Type)
            {
                case ColumnType.Int64:
                    NullableInt64(values[i].NullableInt64);
                    break;
                case ColumnType.Text:
                    Text(values[i].Text);
                    break;
                default:
                    Bytes(values[i].Bytes);
                    break;
            }
        }
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step()
    {
        _column = 0;
        var code = raw.sqlite3_step(handle);
        return code == raw.SQLITE_ROW
            || (code == raw.SQLITE_DONE ? false : throw database.Failure("running a statement"));
    }

    /// <summary>Binds, runs to its end, and resets.</summary>
    public void Run(TableLayout layout, ReadOnlySpan<ColumnValue> values, ReadOnlySpan<ColumnValue> more = default)
    {
        try
        {
            Bind(layout, values);
            Bind(layout, more);
            Step();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Makes it ready for the next use. Bound bytes stay until they are bound anew.</summary>
    public void Reset()
    {
        _parameter = 0;
        raw.sqlite3_reset(handle); // Repeats the error of the last step, which was thrown already.
    }

    /// <inheritdoc/>
    public void Int64(long value) => Check(raw.sqlite3_bind_int64(handle, ++_parameter, value));

    /// <inheritdoc/>
    public void NullableInt64(long? value) =>
        Check(value is { } integer
            ? raw.sqlite3_bind_int64(handle, ++_parameter, integer)
            : raw.sqlite3_bind_null(handle, ++_parameter));

    /// <inheritdoc/>
    public void Text(string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(handle, ++_parameter));
            return;
        }

        StoredText.Check(value);
        var maxBytes = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = maxBytes > StackBytes ? ArrayPool<byte>.Shared.Rent(maxBytes) : null;
        var buffer = rented ?? stackalloc byte[StackBytes];
        var lengthBytes = Encoding.UTF8.GetBytes(value, buffer);
        var code = raw.sqlite3_bind_text(handle, ++_parameter, buffer[..lengthBytes]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        Check(code);
    }

    /// <inheritdoc/>
    public void Bytes(byte[]? value)
    {
        var code = value switch
        {
            null => raw.sqlite3_bind_null(handle, ++_parameter),
            { Length: 0 } => raw.sqlite3_bind_zeroblob(handle, ++_parameter, 0),
            _ => raw.sqlite3_bind_blob(handle, ++_parameter, value),
        };
        Check(code);
    }

    /// <inheritdoc/>
    public long Int64() => raw.sqlite3_column_int64(handle, _column++);

    /// <inheritdoc/>
    public long? NullableInt64() => IsNull() ? null : Int64();

    /// <inheritdoc/>
    public string Text() => raw.sqlite3_column_text(handle, _column++).utf8_to_string();

    /// <inheritdoc/>
    public string? NullableText() => IsNull() ? null : Text();

    /// <inheritdoc/>
    public byte[] Bytes() => raw.sqlite3_column_blob(handle, _column++).ToArray();

    /// <inheritdoc/>
    public byte[]? NullableBytes() => IsNull() ? null : Bytes();

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private bool IsNull()
    {
        if (raw.sqlite3_column_type(handle, _column) != raw.SQLITE_NULL)
        {
            return false;
        }

        _column++;
        return true;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw database.Failure("binding a parameter");
        }
    }
}
