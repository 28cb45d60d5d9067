namespace OrleansStorage.Metadata.Tables;

/// <summary>A live bucket by its id.</summary>
/// <param name="BucketId">The id.</param>
/// <param name="Name">The name.</param>
public sealed record BucketIdRow(long BucketId, string Name);

/// <summary><c>bucket_ids</c>: the row that every write into a bucket requires and that the bucket's end deletes.</summary>
public sealed class BucketIdsTable : Table<long, BucketIdRow>
{
    /// <inheritdoc/>
    public override string Name => "bucket_ids";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("bucket_id", ColumnType.Int64)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } = [new("name", ColumnType.Text)];

    /// <inheritdoc/>
    public override long KeyOf(BucketIdRow row) => row.BucketId;

    /// <inheritdoc/>
    public override void WriteKey(long key, IRowWriter writer) => writer.Int64(key);

    /// <inheritdoc/>
    public override void WriteValues(BucketIdRow row, IRowWriter writer) => writer.Text(row.Name);

    /// <inheritdoc/>
    public override BucketIdRow Read(IRowReader reader) => new(reader.Int64(), reader.Text());
}
