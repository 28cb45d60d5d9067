using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata;

/// <summary>The types of a column.</summary>
public enum ColumnType
{
    /// <summary>A signed 64-bit integer.</summary>
    Int64,

    /// <summary>Text, ordered by its UTF-8 bytes.</summary>
    Text,

    /// <summary>Bytes, ordered as unsigned bytes.</summary>
    Bytes,
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Lower-case SQL identifier.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsNullable">May be null; never for a key.</param>
public sealed record Column(string Name, ColumnType Type, bool IsNullable = false);

/// <summary>Takes the values of a row, column by column, in the order in which the table lists them.</summary>
public interface IRowWriter
{
    /// <summary>The next column is an integer.</summary>
    void Int64(long value);

    /// <summary>The next column is an integer or null.</summary>
    void NullableInt64(long? value);

    /// <summary>The next column is text; it holds neither NUL nor half a surrogate pair.</summary>
    void Text(string? value);

    /// <summary>The next column is bytes. The array belongs to the row and is not changed any more.</summary>
    void Bytes(byte[]? value);
}

/// <summary>Gives the values of a row, column by column, in the order in which the table lists them.</summary>
public interface IRowReader
{
    /// <summary>The next column, an integer.</summary>
    long Int64();

    /// <summary>The next column, an integer or null.</summary>
    long? NullableInt64();

    /// <summary>The next column, text that is not null.</summary>
    string Text();

    /// <summary>The next column, text or null.</summary>
    string? NullableText();

    /// <summary>The next column, bytes that are not null. The reader may not change them.</summary>
    byte[] Bytes();

    /// <summary>The next column, bytes or null. The reader may not change them.</summary>
    byte[]? NullableBytes();
}

/// <summary>A table, or a view of some columns of one: its name, its columns, and how a row maps to them.</summary>
public abstract class Table
{
    /// <summary>SQL name.</summary>
    public abstract string Name { get; }

    /// <summary>The primary key, in order.</summary>
    public abstract IReadOnlyList<Column> KeyColumns { get; }

    /// <summary>The other columns that this mapping uses, in order; a view names fewer than the table has.</summary>
    public abstract IReadOnlyList<Column> ValueColumns { get; }

    /// <summary>Rows are read through this mapping, never written.</summary>
    public virtual bool IsView => false;

    // Two threads may both derive it; the results are alike.
    internal TableLayout Layout => field ??= new TableLayout(this);
}

/// <summary>A table whose rows are <typeparamref name="TRow"/>, found by <typeparamref name="TKey"/>.</summary>
public abstract class Table<TKey, TRow> : Table
    where TKey : notnull
    where TRow : class
{
    /// <summary>The key of a row.</summary>
    public abstract TKey KeyOf(TRow row);

    /// <summary>Writes the key columns.</summary>
    public abstract void WriteKey(TKey key, IRowWriter writer);

    /// <summary>Writes the value columns.</summary>
    public abstract void WriteValues(TRow row, IRowWriter writer);

    /// <summary>Reads the key columns and then the value columns.</summary>
    public abstract TRow Read(IRowReader reader);
}
