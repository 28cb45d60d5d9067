namespace OrleansStorage.Metadata.Tables;

/// <summary>Where a part stands.</summary>
/// <param name="BucketId">The bucket.</param>
/// <param name="UploadId">The upload, finished or not.</param>
/// <param name="Number">1 to 10,000.</param>
public readonly record struct PartKey(long BucketId, string UploadId, long Number)
{
    /// <summary>The range of all parts of an upload with a number greater than <paramref name="number"/>.</summary>
    public static KeyRange<PartKey> After(long bucketId, string uploadId, long number) => new(
        new PartKey(bucketId, uploadId, number),
        FromInclusive: false,
        new PartKey(bucketId, uploadId, long.MaxValue));
}

/// <summary>A part, without its recipe.</summary>
/// <param name="Key">Where it stands.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="ModifiedMs">Unix time, in milliseconds.</param>
/// <param name="ChecksumAlgorithm">As stored by the front end; null when there is no checksum.</param>
/// <param name="ChecksumValue">As stored by the front end; null when there is no checksum.</param>
public sealed record PartListingRow(
    PartKey Key, long SizeBytes, string ETag, long ModifiedMs, long? ChecksumAlgorithm, string? ChecksumValue);

/// <summary>A part.</summary>
/// <param name="Listing">All but its data.</param>
/// <param name="Recipe">Encoded list of blobs; null when the part is empty.</param>
public sealed record PartRow(PartListingRow Listing, byte[]? Recipe);

/// <summary><c>parts</c>: the parts of unfinished uploads, and of objects that were uploaded in parts.</summary>
public sealed class PartsTable : Table<PartKey, PartRow>
{
    internal static readonly IReadOnlyList<Column> Keys =
    [
        new("bucket_id", ColumnType.Int64),
        new("upload_id", ColumnType.Text),
        new("number", ColumnType.Int64),
    ];

    internal static readonly IReadOnlyList<Column> Listed =
    [
        new("size_bytes", ColumnType.Int64),
        new("etag", ColumnType.Text),
        new("modified_ms", ColumnType.Int64),
        new("checksum_algorithm", ColumnType.Int64, IsNullable: true),
        new("checksum_value", ColumnType.Text, IsNullable: true),
    ];

    /// <inheritdoc/>
    public override string Name => "parts";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns => Keys;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
        [.. Listed, new("recipe", ColumnType.Bytes, IsNullable: true)];

    /// <inheritdoc/>
    public override PartKey KeyOf(PartRow row) => row.Listing.Key;

    /// <inheritdoc/>
    public override void WriteKey(PartKey key, IRowWriter writer) => WritePartKey(key, writer);

    /// <inheritdoc/>
    public override void WriteValues(PartRow row, IRowWriter writer)
    {
        var listing = row.Listing;
        writer.Int64(listing.SizeBytes);
        writer.Text(listing.ETag);
        writer.Int64(listing.ModifiedMs);
        writer.NullableInt64(listing.ChecksumAlgorithm);
        writer.Text(listing.ChecksumValue);
        writer.Bytes(row.Recipe);
    }

    /// <inheritdoc/>
    public override PartRow Read(IRowReader reader) => new(ReadListing(reader), reader.NullableBytes());

    internal static void WritePartKey(PartKey key, IRowWriter writer)
    {
        writer.Int64(key.BucketId);
        writer.Text(key.UploadId);
        writer.Int64(key.Number);
    }

    internal static PartListingRow ReadListing(IRowReader reader) => new(
        new PartKey(reader.Int64(), reader.Text(), reader.Int64()),
        reader.Int64(),
        reader.Text(),
        reader.Int64(),
        reader.NullableInt64(),
        reader.NullableText());
}

/// <summary>The columns of <c>parts</c> that a listing needs.</summary>
public sealed class PartListingView : Table<PartKey, PartListingRow>
{
    /// <inheritdoc/>
    public override string Name => "parts";

    /// <inheritdoc/>
    public override bool IsView => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns => PartsTable.Keys;

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns => PartsTable.Listed;

    /// <inheritdoc/>
    public override PartKey KeyOf(PartListingRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(PartKey key, IRowWriter writer) => PartsTable.WritePartKey(key, writer);

    /// <inheritdoc/>
    public override void WriteValues(PartListingRow row, IRowWriter writer) =>
        throw new NotSupportedException("A view is read only.");

    /// <inheritdoc/>
    public override PartListingRow Read(IRowReader reader) => PartsTable.ReadListing(reader);
}
