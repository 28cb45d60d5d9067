using System.Text;
using OrleansStorage.Gateway.Listing;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <content>Listings: read from the metadata store, which has every write that was acknowledged.</content>
public sealed partial class GrainObjectStore
{
    /// <inheritdoc/>
    public async ValueTask<ObjectListing> ListObjectsAsync(
        string bucket, ListQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var handle = await FindHandleNowAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        if (query.Limit == 0)
        {
            return new ObjectListing([], [], IsTruncated: false, Last: "");
        }

        var bucketId = handle.State.BucketId;
        var prefix = Encoding.UTF8.GetBytes(query.Prefix);
        var delimiter = Encoding.UTF8.GetBytes(query.Delimiter);
        var (start, inclusive) = Start(prefix, delimiter, Encoding.UTF8.GetBytes(query.After));
        if (start is null)
        {
            return new ObjectListing([], [], IsTruncated: false, Last: "");
        }

        var scan = new RollupScan<ObjectKey, ObjectListingRow>(
            (range, limit) => _metadata.ScanAsync(Schema.ObjectListing, range, limit, cancellationToken),
            static row => row.Key,
            static row => row.Key.Key,
            name => new ObjectKey(bucketId, name),
            ObjectKey.AllOf(bucketId).To);
        var page = await ReadPageAsync(
            scan, prefix, delimiter, new ObjectKey(bucketId, start), inclusive, query.Limit);
        return new ObjectListing([.. page.Rows.Select(ToInfo)], page.CommonPrefixes, page.IsTruncated, page.Last);
    }

    /// <inheritdoc/>
    public async ValueTask<UploadListing> ListUploadsAsync(
        string bucket, UploadQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var handle = await FindHandleNowAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        var bucketId = handle.State.BucketId;
        var prefix = Encoding.UTF8.GetBytes(query.Prefix);
        var delimiter = Encoding.UTF8.GetBytes(query.Delimiter);
        var after = Encoding.UTF8.GetBytes(query.AfterKey);
        var scan = new RollupScan<UploadKey, UploadRow>(
            (range, limit) => _metadata.ScanAsync(Schema.Uploads, range, limit, cancellationToken),
            static row => row.Key,
            static row => row.Key.Key,
            name => new UploadKey(bucketId, name, ""),
            UploadKey.AllOf(bucketId).To);

        var within = query.AfterUploadId.Length > 0 && after.AsSpan().SequenceCompareTo(prefix) >= 0;
        var (start, inclusive) = within ? (after, false) : Start(prefix, delimiter, after);
        if (start is null)
        {
            return new UploadListing([], [], IsTruncated: false);
        }

        // Behind all uploads of a key stands the key that follows it: itself and a zero byte.
        var from = within
            ? new UploadKey(bucketId, after, query.AfterUploadId)
            : new UploadKey(bucketId, inclusive ? start : [.. start, 0], "");
        var page = await ReadPageAsync(scan, prefix, delimiter, from, startInclusive: !within, query.Limit);
        return new UploadListing(
            [.. page.Rows.Select(row => PartRows.ToInfo(row, Encoding.UTF8.GetString(row.Key.Key)))],
            page.CommonPrefixes,
            page.IsTruncated);
    }

    private static async ValueTask<RollupPage<TRow>> ReadPageAsync<TKey, TRow>(
        RollupScan<TKey, TRow> scan, byte[] prefix, byte[] delimiter, TKey start, bool startInclusive, int limit)
        where TKey : notnull
        where TRow : class
    {
        try
        {
            return await scan.ReadAsync(prefix, delimiter, start, startInclusive, limit);
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    /// <summary>Where a page begins; no start when everything lies before it.</summary>
    private static (byte[]? Start, bool Inclusive) Start(byte[] prefix, byte[] delimiter, byte[] after)
    {
        if (after.AsSpan().SequenceCompareTo(prefix) < 0)
        {
            return (prefix, true);
        }

        if (!after.AsSpan().StartsWith(prefix))
        {
            // Greater than the prefix and not under it: greater than everything under it.
            return (null, false);
        }

        var rollup = Utf8Keys.RollupLength(after, prefix.Length, delimiter);
        return rollup > 0 ? (Utf8Keys.Successor(after.AsSpan(0, rollup)), true) : (after, false);
    }

    private static ObjectInfo ToInfo(ObjectListingRow row) => new()
    {
        Key = Encoding.UTF8.GetString(row.Key.Key),
        SizeBytes = row.SizeBytes,
        ETag = row.ETag,
        LastModified = DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedMs),
        OwnerId = row.OwnerId,
        Checksum = row.ChecksumAlgorithm is { } algorithm
            ? new ObjectChecksum((ChecksumAlgorithm)algorithm, (ChecksumType)(row.ChecksumType ?? 0), "")
            : null,
    };
}
