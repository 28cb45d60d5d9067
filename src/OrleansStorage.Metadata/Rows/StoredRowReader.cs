namespace OrleansStorage.Metadata.Rows;

/// <summary>Gives the values of a row that lies in memory to a mapping.</summary>
/// <param name="columns">Where each column of the mapping lies in the row; null when they lie in the same order.</param>
internal sealed class StoredRowReader(int[]? columns) : IRowReader
{
    private ColumnValue[] _values = [];
    private int _index;

    /// <summary>The next row to be read.</summary>
    public StoredRowReader Over(ColumnValue[] values)
    {
        _values = values;
        _index = 0;
        return this;
    }

    /// <inheritdoc/>
    public long Int64() => Next().Int64;

    /// <inheritdoc/>
    public long? NullableInt64() => Next().NullableInt64;

    /// <inheritdoc/>
    public string Text() => Next().Text!;

    /// <inheritdoc/>
    public string? NullableText() => Next().Text;

    /// <inheritdoc/>
    public byte[] Bytes() => Next().Bytes!;

    /// <inheritdoc/>
    public byte[]? NullableBytes() => Next().Bytes;

    private ref readonly ColumnValue Next()
    {
        var index = _index++;
        return ref _values[columns is null ? index : columns[index]];
    }
}
