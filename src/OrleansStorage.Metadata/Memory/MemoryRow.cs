using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Memory;

/// <summary>A row: its encoded key, and all columns of its table. The array is replaced, never changed.</summary>
internal sealed class MemoryRow(byte[] key, ColumnValue[] values)
{
    public byte[] Key { get; } = key;

    public ColumnValue[] Values { get; set; } = values;
}
