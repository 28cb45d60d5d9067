namespace OrleansStorage.Metadata;

/// <summary>Changes that happen together, and what must hold for them. Built by one thread, committed once.</summary>
/// <remarks>Conditions are checked before any change is made, in one serializable step with the changes.</remarks>
public sealed class MetadataTransaction
{
    private readonly List<MetadataCondition> _conditions = [];
    private readonly List<MetadataChange> _changes = [];

    /// <summary>What must hold.</summary>
    public IReadOnlyList<MetadataCondition> Conditions => _conditions;

    /// <summary>What changes, in order.</summary>
    public IReadOnlyList<MetadataChange> Changes => _changes;

    /// <summary>
    /// <paramref name="epoch"/> must be the current epoch of <paramref name="owner"/>; 0 when it never had an owner.
    /// </summary>
    public MetadataTransaction Fence(string owner, long epoch)
    {
        _conditions.Add(new EpochCondition(owner, epoch));
        return this;
    }

    /// <summary>The row must exist, and stays until the transaction is committed.</summary>
    public MetadataTransaction RequireRow<TKey, TRow>(Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class
    {
        _conditions.Add(new RowCondition(table, writer => table.WriteKey(key, writer), MustExist: true));
        return this;
    }

    /// <summary>The row must not exist.</summary>
    public MetadataTransaction RequireNoRow<TKey, TRow>(Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class
    {
        _conditions.Add(new RowCondition(table, writer => table.WriteKey(key, writer), MustExist: false));
        return this;
    }

    /// <summary>
    /// No row may lie in the range. Holds against concurrent writers only if each of them requires
    /// (<see cref="RequireRow"/>) a row that this transaction deletes, or requires and puts.
    /// </summary>
    public MetadataTransaction RequireEmpty<TKey, TRow>(Table<TKey, TRow> table, KeyRange<TKey> range)
        where TKey : notnull
        where TRow : class
    {
        _conditions.Add(new EmptyCondition(table, KeyRangeWriter.From(table, range)));
        return this;
    }

    /// <summary>Inserts the row, or replaces the one with its key.</summary>
    public MetadataTransaction Put<TKey, TRow>(Table<TKey, TRow> table, TRow row)
        where TKey : notnull
        where TRow : class
    {
        ArgumentOutOfRangeException.ThrowIfEqual(table.IsView, true);
        _changes.Add(new PutChange(table, writer =>
        {
            table.WriteKey(table.KeyOf(row), writer);
            table.WriteValues(row, writer);
        }));
        return this;
    }

    /// <summary>Deletes the row; none is no error.</summary>
    public MetadataTransaction Delete<TKey, TRow>(Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class
    {
        _changes.Add(new DeleteChange(table, writer => table.WriteKey(key, writer)));
        return this;
    }

    /// <summary>Deletes every row in the range.</summary>
    public MetadataTransaction DeleteRange<TKey, TRow>(Table<TKey, TRow> table, KeyRange<TKey> range)
        where TKey : notnull
        where TRow : class
    {
        _changes.Add(new DeleteRangeChange(table, KeyRangeWriter.From(table, range)));
        return this;
    }
}

/// <summary>Something that must hold for a transaction.</summary>
public abstract record MetadataCondition;

/// <summary>The epoch must be the owner's current one.</summary>
public sealed record EpochCondition(string Owner, long Epoch) : MetadataCondition;

/// <summary>The row must, or must not, exist.</summary>
public sealed record RowCondition(Table Table, Action<IRowWriter> WriteKey, bool MustExist) : MetadataCondition;

/// <summary>No row may lie in the range.</summary>
public sealed record EmptyCondition(Table Table, KeyRangeWriter Range) : MetadataCondition;

/// <summary>A change of one table.</summary>
public abstract record MetadataChange(Table Table);

/// <summary>Insert or replace a row.</summary>
public sealed record PutChange(Table Table, Action<IRowWriter> WriteRow) : MetadataChange(Table);

/// <summary>Delete a row.</summary>
public sealed record DeleteChange(Table Table, Action<IRowWriter> WriteKey) : MetadataChange(Table);

/// <summary>Delete all rows of a range.</summary>
public sealed record DeleteRangeChange(Table Table, KeyRangeWriter Range) : MetadataChange(Table);

/// <summary>A key range with its key type forgotten.</summary>
/// <param name="WriteFrom">Writes the key columns of the beginning.</param>
/// <param name="FromInclusive">Whether the beginning itself belongs to it.</param>
/// <param name="WriteTo">Writes the key columns of the end, which does not belong to it.</param>
public sealed record KeyRangeWriter(Action<IRowWriter> WriteFrom, bool FromInclusive, Action<IRowWriter> WriteTo)
{
    internal static KeyRangeWriter From<TKey, TRow>(Table<TKey, TRow> table, KeyRange<TKey> range)
        where TKey : notnull
        where TRow : class =>
        new(writer => table.WriteKey(range.From, writer), range.FromInclusive, writer => table.WriteKey(range.To, writer));
}
