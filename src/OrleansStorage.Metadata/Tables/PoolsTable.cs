namespace OrleansStorage.Metadata.Tables;

/// <summary>A pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Protection">As it is written for people: <c>mirror:2</c>, <c>rs:4+2</c>.</param>
/// <param name="Tier">The tier of its devices.</param>
/// <param name="CreatedMs">Unix time, in milliseconds.</param>
/// <param name="FaultDomain">What the devices of a group do not share: <c>device</c>, <c>silo</c>, <c>rack</c> or <c>site</c>.</param>
public sealed record PoolRow(string Name, string Protection, string Tier, long CreatedMs, string FaultDomain);

/// <summary><c>pools</c>: every pool, by name.</summary>
public sealed class PoolsTable : Table<string, PoolRow>
{
    /// <inheritdoc/>
    public override string Name => "pools";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("name", ColumnType.Text)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("protection", ColumnType.Text),
        new("tier", ColumnType.Text),
        new("created_ms", ColumnType.Int64),
        new("fault_domain", ColumnType.Text),
    ];

    /// <inheritdoc/>
    public override string KeyOf(PoolRow row) => row.Name;

    /// <inheritdoc/>
    public override void WriteKey(string key, IRowWriter writer) => writer.Text(key);

    /// <inheritdoc/>
    public override void WriteValues(PoolRow row, IRowWriter writer)
    {
        writer.Text(row.Protection);
        writer.Text(row.Tier);
        writer.Int64(row.CreatedMs);
        writer.Text(row.FaultDomain);
    }

    /// <inheritdoc/>
    public override PoolRow Read(IRowReader reader) =>
        new(reader.Text(), reader.Text(), reader.Text(), reader.Int64(), reader.Text());
}
