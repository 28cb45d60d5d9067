using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Buckets;

/// <inheritdoc cref="IBucketGrain"/>
/// <remarks>Changes take turns; a look at the bucket need not wait for them.</remarks>
[Reentrant]
public sealed class BucketGrain(
    IMetadataStore store,
    OwnershipManager owners,
    IdentifierSource identifiers,
    TimeProvider time,
    IOptions<BucketGrainsOptions> options,
    ILogger<BucketGrain> logger) : Grain, IBucketGrain
{
    private const string Changes = "changes";

    private readonly KeyedLock _locks = new(options.Value.WaitersPerKeyMax);
    private OwnedState _state = null!;
    private BucketState? _cached;
    private bool _changing;
    private long _stamp;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var ownership = await owners.TakeAsync($"bucket/{this.GetPrimaryKeyString()}", cancellationToken);
        _state = new OwnedState(store, ownership, DeactivateOnIdle, logger);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_state is not null)
        {
            await _state.ReleaseAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask<BucketState?> FindAsync(CancellationToken cancellationToken) =>
        _cached is not null && _state.MayServeReads ? new(_cached) : ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<BucketResult> CreateAsync(
        string ownerId, BucketSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            using var hold = await _locks.EnterAsync(Changes);
            return await CreateLockedAsync(ownerId, settings, cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return new BucketResult(IndexOutcome.Unavailable, Bucket: null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BucketResult> DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var hold = await _locks.EnterAsync(Changes);
            return await DeleteLockedAsync(cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return new BucketResult(IndexOutcome.Unavailable, Bucket: null);
        }
    }

    private async ValueTask<BucketResult> CreateLockedAsync(
        string ownerId, BucketSettings settings, CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is { } existing)
        {
            return new BucketResult(IndexOutcome.BucketExists, existing);
        }

        var created = new BucketState(
            identifiers.NextInt64(),
            this.GetPrimaryKeyString(),
            ownerId,
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            settings);
        var transaction = _state.Begin()
            .RequireNoRow(Schema.Buckets, created.Name)
            .Put(Schema.Buckets, ToRow(created))
            .Put(Schema.BucketIds, new BucketIdRow(created.BucketId, created.Name));
        var outcome = await CommitAsync(transaction, IndexOutcome.BucketExists, created);
        return new BucketResult(outcome, outcome == IndexOutcome.Done ? created : null);
    }

    private async ValueTask<BucketResult> DeleteLockedAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is not { } bucket)
        {
            return new BucketResult(IndexOutcome.NoSuchBucket, Bucket: null);
        }

        // An upload that begins between the last abort and the commit makes the condition fail: then once more.
        while (true)
        {
            if (await HoldsObjectsAsync(bucket.BucketId, cancellationToken))
            {
                return new BucketResult(IndexOutcome.BucketNotEmpty, bucket);
            }

            var aborted = await AbortUploadsAsync(bucket.BucketId, cancellationToken);
            var outcome = aborted == IndexOutcome.Done
                ? await CommitAsync(Deletion(bucket), IndexOutcome.BucketNotEmpty, after: null)
                : aborted;
            if (outcome != IndexOutcome.BucketNotEmpty)
            {
                return new BucketResult(outcome, outcome == IndexOutcome.Done ? null : bucket);
            }
        }
    }

    private MetadataTransaction Deletion(BucketState bucket)
    {
        var partitions = string.Create(CultureInfo.InvariantCulture, $"objects/{bucket.BucketId:x16}");
        return _state.Begin()
            .RequireRow(Schema.BucketIds, bucket.BucketId)
            .RequireEmpty(Schema.Objects, ObjectKey.AllOf(bucket.BucketId))
            .RequireEmpty(Schema.Uploads, UploadKey.AllOf(bucket.BucketId))
            .Delete(Schema.BucketIds, bucket.BucketId)
            .Delete(Schema.Buckets, bucket.Name)
            // "0" follows "/" in UTF-8: the epochs of all partitions of this bucket.
            .DeleteRange(
                Schema.Owners, new KeyRange<string>($"{partitions}/", FromInclusive: true, $"{partitions}0"));
    }

    private async ValueTask<bool> HoldsObjectsAsync(long bucketId, CancellationToken cancellationToken)
    {
        var first = await store.ReadRangeAsync(
            Schema.ObjectListing, ObjectKey.AllOf(bucketId), limit: 1, cancellationToken);
        return first.Count > 0;
    }

    private async ValueTask<IndexOutcome> AbortUploadsAsync(long bucketId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var uploads = await store.ReadRangeAsync(
                Schema.Uploads, UploadKey.AllOf(bucketId), options.Value.UploadsPerTransactionMax, cancellationToken);
            if (uploads.Count == 0)
            {
                return IndexOutcome.Done;
            }

            var transaction = _state.Begin();
            foreach (var upload in uploads)
            {
                // Its own grain may complete it at this moment: then the object stays, and so does the bucket.
                var garbage = new GarbageKey(time.GetUtcNow().ToUnixTimeMilliseconds(), identifiers.NextInt64());
                transaction
                    .RequireRow(Schema.Uploads, upload.Key)
                    .Delete(Schema.Uploads, upload.Key)
                    .Put(Schema.Garbage, new GarbageRow(garbage, Recipe: null, bucketId, upload.Key.UploadId));
            }

            var outcome = await _state.CommitAsync(transaction, _ => IndexOutcome.BucketNotEmpty);
            if (outcome is not (IndexOutcome.Done or IndexOutcome.BucketNotEmpty))
            {
                return outcome;
            }
        }
    }

    private async ValueTask<IndexOutcome> CommitAsync(
        MetadataTransaction transaction, IndexOutcome onCondition, BucketState? after)
    {
        _stamp++;
        _changing = true;
        _cached = null;
        var outcome = await _state.CommitAsync(transaction, _ => onCondition);
        _changing = false;
        _cached = outcome == IndexOutcome.Done ? after : null;
        return outcome;
    }

    private async ValueTask<BucketState?> ReadAsync(CancellationToken cancellationToken)
    {
        _state.EndIfOver();
        var stamp = _stamp;
        var row = await store.ReadAsync(Schema.Buckets, this.GetPrimaryKeyString(), cancellationToken);
        var bucket = row is null ? null : ToState(row);
        if (stamp == _stamp && !_changing)
        {
            _cached = bucket;
        }

        return bucket;
    }

    private static BucketRow ToRow(BucketState bucket) =>
        new(bucket.Name, bucket.BucketId, bucket.OwnerId, bucket.CreatedMs, bucket.Settings.Pool);

    private static BucketState ToState(BucketRow row) =>
        new(row.BucketId, row.Name, row.OwnerId, row.CreatedMs, new BucketSettings(row.Pool));
}
