namespace OrleansStorage.Metadata.Tables;

/// <summary>A pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Protection">As it is written for people: <c>mirror:2</c>.</param>
/// <param name="Tier">The tier of its devices.</param>
/// <param name="CreatedMs">Unix time, in milliseconds.</param>
public sealed record PoolRow(string Name, string Protection, string Tier, long CreatedMs);

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
    }

    /// <inheritdoc/>
    public override PoolRow Read(IRowReader reader) =>
        new(reader.Text(), reader.Text(), reader.Text(), reader.Int64());
}
