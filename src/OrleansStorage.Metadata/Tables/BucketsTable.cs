namespace OrleansStorage.Metadata.Tables;

/// <summary>A bucket by its name.</summary>
/// <param name="Name">The name.</param>
/// <param name="BucketId">Never used again, also when a bucket of the same name is created later.</param>
/// <param name="OwnerId">Canonical id of the owner.</param>
/// <param name="CreatedMs">Unix time, in milliseconds.</param>
/// <param name="Pool">The pool that takes what is written into it.</param>
public sealed record BucketRow(string Name, long BucketId, string OwnerId, long CreatedMs, string Pool);

/// <summary><c>buckets</c>: every bucket, by name.</summary>
public sealed class BucketsTable : Table<string, BucketRow>
{
    /// <inheritdoc/>
    public override string Name => "buckets";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("name", ColumnType.Text)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("bucket_id", ColumnType.Int64),
        new("owner_id", ColumnType.Text),
        new("created_ms", ColumnType.Int64),
        new("pool", ColumnType.Text),
    ];

    /// <inheritdoc/>
    public override string KeyOf(BucketRow row) => row.Name;

    /// <inheritdoc/>
    public override void WriteKey(string key, IRowWriter writer) => writer.Text(key);

    /// <inheritdoc/>
    public override void WriteValues(BucketRow row, IRowWriter writer)
    {
        writer.Int64(row.BucketId);
        writer.Text(row.OwnerId);
        writer.Int64(row.CreatedMs);
        writer.Text(row.Pool);
    }

    /// <inheritdoc/>
    public override BucketRow Read(IRowReader reader) =>
        new(reader.Text(), reader.Int64(), reader.Text(), reader.Int64(), reader.Text());
}
