namespace OrleansStorage.Metadata.Tables;

/// <summary>Where an object stands: its bucket's id and its key.</summary>
/// <param name="BucketId">The bucket.</param>
/// <param name="Key">UTF-8; empty stands before every key of the bucket.</param>
public readonly record struct ObjectKey(long BucketId, byte[] Key)
{
    /// <summary>The range of all keys of a bucket.</summary>
    public static KeyRange<ObjectKey> AllOf(long bucketId) =>
        new(new ObjectKey(bucketId, []), FromInclusive: true, new ObjectKey(bucketId + 1, []));
}

/// <summary>What a listing shows of an object.</summary>
/// <param name="Key">The key.</param>
/// <param name="SizeBytes">Length of the data.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="ModifiedMs">Unix time of the commit, in milliseconds.</param>
/// <param name="OwnerId">Canonical id of the writer.</param>
/// <param name="ChecksumAlgorithm">As stored by the front end; null when there is no checksum.</param>
/// <param name="ChecksumType">As stored by the front end; null when there is no checksum.</param>
public sealed record ObjectListingRow(
    ObjectKey Key,
    long SizeBytes,
    string ETag,
    long ModifiedMs,
    string OwnerId,
    long? ChecksumAlgorithm,
    long? ChecksumType);

/// <summary>The current version of an object.</summary>
public sealed record ObjectRow
{
    /// <summary>The key.</summary>
    public required ObjectKey Key { get; init; }

    /// <summary>Length of the data.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Without quotes.</summary>
    public required string ETag { get; init; }

    /// <summary>Unix time of the commit, in milliseconds.</summary>
    public required long ModifiedMs { get; init; }

    /// <summary>Canonical id of the writer.</summary>
    public required string OwnerId { get; init; }

    /// <summary>As stored by the front end; null when there is no checksum.</summary>
    public long? ChecksumAlgorithm { get; init; }

    /// <summary>As stored by the front end; null when there is no checksum.</summary>
    public long? ChecksumType { get; init; }

    /// <summary>As stored by the front end; null when there is no checksum.</summary>
    public string? ChecksumValue { get; init; }

    /// <summary>The upload whose parts hold the data; null when <see cref="Recipe"/> does.</summary>
    public string? UploadId { get; init; }

    /// <summary>Number of parts; null when it was not uploaded in parts.</summary>
    public long? PartsCount { get; init; }

    /// <summary>Encoded headers; null for none.</summary>
    public byte[]? Headers { get; init; }

    /// <summary>Encoded list of blobs; null when the object is empty or lies in parts.</summary>
    public byte[]? Recipe { get; init; }
}

/// <summary><c>objects</c>: every object, by bucket and key.</summary>
public sealed class ObjectsTable : Table<ObjectKey, ObjectRow>
{
    internal static readonly IReadOnlyList<Column> Keys =
        [new("bucket_id", ColumnType.Int64), new("object_key", ColumnType.Bytes)];

    internal static readonly IReadOnlyList<Column> Listed =
    [
        new("size_bytes", ColumnType.Int64),
        new("etag", ColumnType.Text),
        new("modified_ms", ColumnType.Int64),
        new("owner_id", ColumnType.Text),
        new("checksum_algorithm", ColumnType.Int64, IsNullable: true),
        new("checksum_type", ColumnType.Int64, IsNullable: true),
    ];

    /// <inheritdoc/>
    public override string Name => "objects";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns => Keys;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        .. Listed,
        new("checksum_value", ColumnType.Text, IsNullable: true),
        new("upload_id", ColumnType.Text, IsNullable: true),
        new("parts_count", ColumnType.Int64, IsNullable: true),
        new("headers", ColumnType.Bytes, IsNullable: true),
        new("recipe", ColumnType.Bytes, IsNullable: true),
    ];

    /// <inheritdoc/>
    public override ObjectKey KeyOf(ObjectRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(ObjectKey key, IRowWriter writer)
    {
        writer.Int64(key.BucketId);
        writer.Bytes(key.Key);
    }

    /// <inheritdoc/>
    public override void WriteValues(ObjectRow row, IRowWriter writer)
    {
        writer.Int64(row.SizeBytes);
        writer.Text(row.ETag);
        writer.Int64(row.ModifiedMs);
        writer.Text(row.OwnerId);
        writer.NullableInt64(row.ChecksumAlgorithm);
        writer.NullableInt64(row.ChecksumType);
        writer.Text(row.ChecksumValue);
        writer.Text(row.UploadId);
        writer.NullableInt64(row.PartsCount);
        writer.Bytes(row.Headers);
        writer.Bytes(row.Recipe);
    }

    /// <inheritdoc/>
    public override ObjectRow Read(IRowReader reader) => new()
    {
        Key = new ObjectKey(reader.Int64(), reader.Bytes()),
        SizeBytes = reader.Int64(),
        ETag = reader.Text(),
        ModifiedMs = reader.Int64(),
        OwnerId = reader.Text(),
        ChecksumAlgorithm = reader.NullableInt64(),
        ChecksumType = reader.NullableInt64(),
        ChecksumValue = reader.NullableText(),
        UploadId = reader.NullableText(),
        PartsCount = reader.NullableInt64(),
        Headers = reader.NullableBytes(),
        Recipe = reader.NullableBytes(),
    };
}

/// <summary>The columns of <c>objects</c> that a listing needs.</summary>
public sealed class ObjectListingView : Table<ObjectKey, ObjectListingRow>
{
    /// <inheritdoc/>
    public override string Name => "objects";

    /// <inheritdoc/>
    public override bool IsView => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns => ObjectsTable.Keys;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns => ObjectsTable.Listed;

    /// <inheritdoc/>
    public override ObjectKey KeyOf(ObjectListingRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(ObjectKey key, IRowWriter writer)
    {
        writer.Int64(key.BucketId);
        writer.Bytes(key.Key);
    }

    /// <inheritdoc/>
    public override void WriteValues(ObjectListingRow row, IRowWriter writer) =>
        throw new NotSupportedException("A view is read only.");

    /// <inheritdoc/>
    public override ObjectListingRow Read(IRowReader reader) => new(
        new ObjectKey(reader.Int64(), reader.Bytes()),
        reader.Int64(),
        reader.Text(),
        reader.Int64(),
        reader.Text(),
        reader.NullableInt64(),
        reader.NullableInt64());
}
