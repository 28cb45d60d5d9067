namespace OrleansStorage.Metadata.Rows;

/// <summary>A transaction with its keys and rows taken out of their mappings and checked, ready for any store.</summary>
/// <remarks>Made on the caller's thread: it is the part of a commit that need not be serial.</remarks>
internal sealed class PreparedTransaction
{
    private PreparedTransaction(PreparedCondition[] conditions, PreparedChange[] changes)
    {
        Conditions = conditions;
        Changes = changes;
    }

    /// <summary>What must hold.</summary>
    public PreparedCondition[] Conditions { get; }

    /// <summary>What changes, in order.</summary>
    public PreparedChange[] Changes { get; }

    /// <summary>Prepares a transaction.</summary>
    /// <exception cref="ArgumentException">A key or row does not fit its table.</exception>
    public static PreparedTransaction From(MetadataTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var buffer = new RowBuffer();
        var conditions = new PreparedCondition[transaction.Conditions.Count];
        for (var i = 0; i < conditions.Length; i++)
        {
            conditions[i] = Prepare(buffer, transaction.Conditions[i]);
        }

        var changes = new PreparedChange[transaction.Changes.Count];
        for (var i = 0; i < changes.Length; i++)
        {
            changes[i] = Prepare(buffer, transaction.Changes[i]);
        }

        return new PreparedTransaction(conditions, changes);
    }

    private static PreparedCondition Prepare(RowBuffer buffer, MetadataCondition condition) => condition switch
    {
        EpochCondition epoch => PreparedCondition.OfEpoch(buffer, epoch.Owner, epoch.Epoch),
        RowCondition row => new PreparedCondition(
            row.MustExist ? ConditionKind.Exists : ConditionKind.Absent,
            row.Table.Layout,
            buffer.Capture(row.Table.Layout, row.Table.Layout.KeyCount, row.WriteKey)),
        EmptyCondition empty => new PreparedCondition(ConditionKind.Empty, empty.Table.Layout, [])
        {
            Range = PreparedRange.Of(buffer, empty.Table.Layout, empty.Range),
        },
        _ => throw new ArgumentException($"Unknown condition {condition.GetType().Name}."),
    };

    private static PreparedChange Prepare(RowBuffer buffer, MetadataChange change) => change switch
    {
        PutChange put => new PreparedChange(
            ChangeKind.Put, put.Table.Layout, buffer.Capture(put.Table.Layout, put.Table.Layout.Columns.Length, put.WriteRow)),
        DeleteChange delete => new PreparedChange(
            ChangeKind.Delete,
            delete.Table.Layout,
            buffer.Capture(delete.Table.Layout, delete.Table.Layout.KeyCount, delete.WriteKey)),
        DeleteRangeChange range => new PreparedChange(ChangeKind.DeleteRange, range.Table.Layout, [])
        {
            Range = PreparedRange.Of(buffer, range.Table.Layout, range.Range),
        },
        _ => throw new ArgumentException($"Unknown change {change.GetType().Name}."),
    };
}

internal enum ConditionKind
{
    Epoch,
    Exists,
    Absent,
    Empty,
}

/// <summary>A condition; the owner of an epoch is the key of its row in <c>owners</c>.</summary>
internal sealed record PreparedCondition(ConditionKind Kind, TableLayout Table, ColumnValue[] Key)
{
    public long Epoch { get; private init; }

    public PreparedRange? Range { get; init; }

    public static PreparedCondition OfEpoch(RowBuffer buffer, string owner, long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var table = Tables.Schema.Owners;
        var key = buffer.Capture(table.Layout, table.Layout.KeyCount, writer => table.WriteKey(owner, writer));
        return new PreparedCondition(ConditionKind.Epoch, table.Layout, key) { Epoch = epoch };
    }

    /// <summary>What is thrown when it does not hold.</summary>
    public MetadataException Violated() => Kind switch
    {
        ConditionKind.Epoch => new FencedException(Key[0].Text!, Epoch),
        ConditionKind.Exists => new MetadataConditionException(Table.Name, $"A row of '{Table.Name}' must exist and does not."),
        ConditionKind.Absent => new MetadataConditionException(Table.Name, $"A row of '{Table.Name}' must not exist and does."),
        _ => new MetadataConditionException(Table.Name, $"A range of '{Table.Name}' must be empty and is not."),
    };
}

internal enum ChangeKind
{
    Put,
    Delete,
    DeleteRange,
}

/// <summary>A change; <paramref name="Values"/> is the row of a put, the key of a delete.</summary>
internal sealed record PreparedChange(ChangeKind Kind, TableLayout Table, ColumnValue[] Values)
{
    public PreparedRange? Range { get; init; }
}

/// <summary>A range of keys.</summary>
internal sealed record PreparedRange(ColumnValue[] From, bool FromInclusive, ColumnValue[] To)
{
    public static PreparedRange Of(RowBuffer buffer, TableLayout layout, KeyRangeWriter range) => new(
        buffer.Capture(layout, layout.KeyCount, range.WriteFrom),
        range.FromInclusive,
        buffer.Capture(layout, layout.KeyCount, range.WriteTo));
}
