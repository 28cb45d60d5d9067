namespace OrleansStorage.Metadata.Tables;

/// <summary>Who may write on behalf of an owner.</summary>
/// <param name="Owner">What is owned, as the grain names it.</param>
/// <param name="Epoch">Grows by one with every owner; no row is epoch 0.</param>
/// <param name="Holder">Incarnation of the silo that has it; 0 when it was given back.</param>
/// <param name="IsSettled">No lease of an earlier holder has to be waited for any more.</param>
public sealed record OwnerRow(string Owner, long Epoch, long Holder, bool IsSettled);

/// <summary><c>owners</c>: the current epoch of everything that is owned.</summary>
public sealed class OwnersTable : Table<string, OwnerRow>
{
    /// <inheritdoc/>
    public override string Name => "owners";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("owner", ColumnType.Text)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
        [new("epoch", ColumnType.Int64), new("holder", ColumnType.Int64), new("settled", ColumnType.Int64)];

    /// <inheritdoc/>
    public override string KeyOf(OwnerRow row) => row.Owner;

    /// <inheritdoc/>
    public override void WriteKey(string key, IRowWriter writer) => writer.Text(key);

    /// <inheritdoc/>
    public override void WriteValues(OwnerRow row, IRowWriter writer)
    {
        writer.Int64(row.Epoch);
        writer.Int64(row.Holder);
        writer.Int64(row.IsSettled ? 1 : 0);
    }

    /// <inheritdoc/>
    public override OwnerRow Read(IRowReader reader) =>
        new(reader.Text(), reader.Int64(), reader.Int64(), reader.Int64() != 0);
}
