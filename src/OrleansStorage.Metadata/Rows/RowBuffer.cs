using System.Text;

namespace OrleansStorage.Metadata.Rows;

/// <summary>Takes the columns of rows out of their mappings, and checks that they fit their table.</summary>
/// <remarks>
/// What passes here is accepted by every store, so a bad row is an error of its writer and never one of the
/// transactions that are committed together with it.
/// </remarks>
internal sealed class RowBuffer : IRowWriter
{
    /// <summary>The longest text (in UTF-8) or bytes that a column may hold.</summary>
    public const int ValueBytesMax = 256 * 1024 * 1024;

    private TableLayout _layout = null!;
    private ColumnValue[] _values = [];
    private int _index;

    /// <summary>The first <paramref name="count"/> columns of the table, as <paramref name="write"/> gives them.</summary>
    /// <exception cref="ArgumentException">They do not fit the table.</exception>
    public ColumnValue[] Capture(TableLayout layout, int count, Action<IRowWriter> write)
    {
        _layout = layout;
        _values = new ColumnValue[count];
        _index = 0;
        write(this);
        return _index == count
            ? _values
            : throw new ArgumentException($"{layout.Name}: {_index} columns were given, {count} are needed.");
    }

    /// <inheritdoc/>
    public void Int64(long value)
    {
        Expect(ColumnType.Int64, isNull: false);
        _values[_index++] = new ColumnValue(value);
    }

    /// <inheritdoc/>
    public void NullableInt64(long? value)
    {
        Expect(ColumnType.Int64, value is null);
        _values[_index++] = new ColumnValue(value);
    }

    /// <inheritdoc/>
    public void Text(string? value)
    {
        Expect(ColumnType.Text, value is null);
        CheckText(value);
        _values[_index++] = new ColumnValue(value);
    }

    /// <inheritdoc/>
    public void Bytes(byte[]? value)
    {
        Expect(ColumnType.Bytes, value is null);
        CheckLength(value?.Length ?? 0);
        _values[_index++] = new ColumnValue(value);
    }

    private void Expect(ColumnType type, bool isNull)
    {
        if (_index >= _values.Length)
        {
            throw new ArgumentException($"{_layout.Name}: more than {_values.Length} columns were given.");
        }

        var column = _layout.Columns[_index];
        if (column.Type != type || (isNull && !column.IsNullable))
        {
            throw new ArgumentException(
                $"{_layout.Name}.{column.Name} is {column.Type}{(column.IsNullable ? "" : ", not null")}: "
                + $"{(isNull ? "null" : type)} does not fit.");
        }
    }

    private void CheckText(string? value)
    {
        if (value is null)
        {
            return;
        }

        StoredText.Check(value);
        if (value.Length > ValueBytesMax / 3)
        {
            CheckLength(Encoding.UTF8.GetByteCount(value));
        }
    }

    private void CheckLength(long lengthBytes)
    {
        if (lengthBytes > ValueBytesMax)
        {
            throw new ArgumentException(
                $"{_layout.Name}.{_layout.Columns[_index].Name}: {lengthBytes} bytes, at most {ValueBytesMax} fit.");
        }
    }
}
