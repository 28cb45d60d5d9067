namespace OrleansStorage.Metadata.Tables;

/// <summary>Where a piece of garbage stands: in the order in which it was let go.</summary>
/// <param name="ReleasedMs">Unix time when the last name of the data went, in milliseconds.</param>
/// <param name="Id">Tells apart what was let go in the same millisecond.</param>
public readonly record struct GarbageKey(long ReleasedMs, long Id);

/// <summary>Data that nothing names any more and that readers may still be reading.</summary>
/// <param name="Key">Where it stands.</param>
/// <param name="Recipe">Encoded list of blobs; null when the data lies in parts.</param>
/// <param name="BucketId">The bucket of the parts; null with a recipe.</param>
/// <param name="UploadId">The upload of the parts; null with a recipe.</param>
public sealed record GarbageRow(GarbageKey Key, byte[]? Recipe, long? BucketId, string? UploadId);

/// <summary><c>garbage</c>: what the sweeper erases after a grace period, oldest first.</summary>
public sealed class GarbageTable : Table<GarbageKey, GarbageRow>
{
    /// <inheritdoc/>
    public override string Name => "garbage";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } =
        [new("released_ms", ColumnType.Int64), new("garbage_id", ColumnType.Int64)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("recipe", ColumnType.Bytes, IsNullable: true),
        new("bucket_id", ColumnType.Int64, IsNullable: true),
        new("upload_id", ColumnType.Text, IsNullable: true),
    ];

    /// <inheritdoc/>
    public override GarbageKey KeyOf(GarbageRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(GarbageKey key, IRowWriter writer)
    {
        writer.Int64(key.ReleasedMs);
        writer.Int64(key.Id);
    }

    /// <inheritdoc/>
    public override void WriteValues(GarbageRow row, IRowWriter writer)
    {
        writer.Bytes(row.Recipe);
        writer.NullableInt64(row.BucketId);
        writer.Text(row.UploadId);
    }

    /// <inheritdoc/>
    public override GarbageRow Read(IRowReader reader) => new(
        new GarbageKey(reader.Int64(), reader.Int64()),
        reader.NullableBytes(),
        reader.NullableInt64(),
        reader.NullableText());
}
