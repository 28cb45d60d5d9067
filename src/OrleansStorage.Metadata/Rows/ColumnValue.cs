namespace OrleansStorage.Metadata.Rows;

/// <summary>The value of one column. The table's column says which type it has.</summary>
internal readonly struct ColumnValue
{
    private static readonly object NullInteger = new();
    private readonly long _integer;
    private readonly object? _reference;

    /// <summary>An integer or null.</summary>
    public ColumnValue(long? value)
    {
        _integer = value.GetValueOrDefault();
        _reference = value.HasValue ? null : NullInteger;
    }

    /// <summary>Text or null.</summary>
    public ColumnValue(string? value) => _reference = value;

    /// <summary>Bytes or null.</summary>
    public ColumnValue(byte[]? value) => _reference = value;

    /// <summary>The column is an integer that is not null.</summary>
    public long Int64 => _integer;

    /// <summary>The column is an integer or null.</summary>
    public long? NullableInt64 => ReferenceEquals(_reference, NullInteger) ? null : _integer;

    /// <summary>The column is text.</summary>
    public string? Text => (string?)_reference;

    /// <summary>The column is bytes.</summary>
    public byte[]? Bytes => (byte[]?)_reference;
}
