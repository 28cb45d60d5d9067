namespace OrleansStorage.Metadata.Tables;

/// <summary>A stripe group.</summary>
/// <param name="GroupId">As it stands in blob ids.</param>
/// <param name="Pool">The pool it belongs to.</param>
/// <param name="Epoch">Grows with every change of its members.</param>
/// <param name="Members">Device ids in slot order, separated by commas.</param>
/// <param name="TakesWrites">False while a slot is being moved and the last fragments go over.</param>
public sealed record StripeGroupRow(long GroupId, string Pool, long Epoch, string Members, bool TakesWrites);

/// <summary><c>stripe_groups</c>: every stripe group, by id.</summary>
public sealed class StripeGroupsTable : Table<long, StripeGroupRow>
{
    /// <inheritdoc/>
    public override string Name => "stripe_groups";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("group_id", ColumnType.Int64)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("pool", ColumnType.Text),
        new("epoch", ColumnType.Int64),
        new("members", ColumnType.Text),
        new("takes_writes", ColumnType.Int64),
    ];

    /// <inheritdoc/>
    public override long KeyOf(StripeGroupRow row) => row.GroupId;

    /// <inheritdoc/>
    public override void WriteKey(long key, IRowWriter writer) => writer.Int64(key);

    /// <inheritdoc/>
    public override void WriteValues(StripeGroupRow row, IRowWriter writer)
    {
        writer.Text(row.Pool);
        writer.Int64(row.Epoch);
        writer.Text(row.Members);
        writer.Int64(row.TakesWrites ? 1 : 0);
    }

    /// <inheritdoc/>
    public override StripeGroupRow Read(IRowReader reader) =>
        new(reader.Int64(), reader.Text(), reader.Int64(), reader.Text(), reader.Int64() != 0);
}
