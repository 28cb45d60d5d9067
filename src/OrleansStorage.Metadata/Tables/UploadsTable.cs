namespace OrleansStorage.Metadata.Tables;

/// <summary>Where an unfinished upload stands.</summary>
/// <param name="BucketId">The bucket.</param>
/// <param name="Key">UTF-8.</param>
/// <param name="UploadId">Empty stands before every upload of the key.</param>
public readonly record struct UploadKey(long BucketId, byte[] Key, string UploadId)
{
    /// <summary>The range of all uploads of a bucket.</summary>
    public static KeyRange<UploadKey> AllOf(long bucketId) =>
        new(new UploadKey(bucketId, [], ""), FromInclusive: true, new UploadKey(bucketId + 1, [], ""));
}

/// <summary>An unfinished multipart upload.</summary>
/// <param name="Key">Where it stands.</param>
/// <param name="InitiatedMs">Unix time, in milliseconds.</param>
/// <param name="OwnerId">Canonical id of the initiator.</param>
/// <param name="ChecksumAlgorithm">As stored by the front end; null when none was named.</param>
/// <param name="ChecksumType">As stored by the front end; null when none was named.</param>
/// <param name="Headers">Encoded headers of the object to be; null for none.</param>
public sealed record UploadRow(
    UploadKey Key,
    long InitiatedMs,
    string OwnerId,
    long? ChecksumAlgorithm,
    long? ChecksumType,
    byte[]? Headers);

/// <summary><c>uploads</c>: every unfinished upload, by bucket, key and id.</summary>
public sealed class UploadsTable : Table<UploadKey, UploadRow>
{
    /// <inheritdoc/>
    public override string Name => "uploads";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } =
    [
        new("bucket_id", ColumnType.Int64),
        new("object_key", ColumnType.Bytes),
        new("upload_id", ColumnType.Text),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("initiated_ms", ColumnType.Int64),
        new("owner_id", ColumnType.Text),
        new("checksum_algorithm", ColumnType.Int64, IsNullable: true),
        new("checksum_type", ColumnType.Int64, IsNullable: true),
        new("headers", ColumnType.Bytes, IsNullable: true),
    ];

    /// <inheritdoc/>
    public override UploadKey KeyOf(UploadRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(UploadKey key, IRowWriter writer)
    {
        writer.Int64(key.BucketId);
        writer.Bytes(key.Key);
        writer.Text(key.UploadId);
    }

    /// <inheritdoc/>
    public override void WriteValues(UploadRow row, IRowWriter writer)
    {
        writer.Int64(row.InitiatedMs);
        writer.Text(row.OwnerId);
        writer.NullableInt64(row.ChecksumAlgorithm);
        writer.NullableInt64(row.ChecksumType);
        writer.Bytes(row.Headers);
    }

    /// <inheritdoc/>
    public override UploadRow Read(IRowReader reader) => new(
        new UploadKey(reader.Int64(), reader.Bytes(), reader.Text()),
        reader.Int64(),
        reader.Text(),
        reader.NullableInt64(),
        reader.NullableInt64(),
        reader.NullableBytes());
}
