namespace OrleansStorage.Metadata.Tables;

/// <summary>A silo process that may hold ownerships.</summary>
/// <param name="Incarnation">Never used by two processes.</param>
/// <param name="Name">The silo's name.</param>
/// <param name="StartedMs">Unix time, in milliseconds.</param>
/// <param name="Renewals">Grows while the process lives.</param>
public sealed record SiloRow(long Incarnation, string Name, long StartedMs, long Renewals);

/// <summary><c>silos</c>: the processes whose leases are to be respected.</summary>
public sealed class SilosTable : Table<long, SiloRow>
{
    /// <inheritdoc/>
    public override string Name => "silos";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("incarnation", ColumnType.Int64)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("name", ColumnType.Text),
        new("started_ms", ColumnType.Int64),
        new("renewals", ColumnType.Int64),
    ];

    /// <inheritdoc/>
    public override long KeyOf(SiloRow row) => row.Incarnation;

    /// <inheritdoc/>
    public override void WriteKey(long key, IRowWriter writer) => writer.Int64(key);

    /// <inheritdoc/>
    public override void WriteValues(SiloRow row, IRowWriter writer)
    {
        writer.Text(row.Name);
        writer.Int64(row.StartedMs);
        writer.Int64(row.Renewals);
    }

    /// <inheritdoc/>
    public override SiloRow Read(IRowReader reader) =>
        new(reader.Int64(), reader.Text(), reader.Int64(), reader.Int64());
}
