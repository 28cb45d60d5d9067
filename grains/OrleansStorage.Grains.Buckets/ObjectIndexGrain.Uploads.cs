using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Buckets;

/// <content>Multipart uploads. Parts of an upload may be written at once; its end excludes them all.</content>
public sealed partial class ObjectIndexGrain
{
    private const int PartsPerScan = 1000;

    /// <inheritdoc/>
    public async ValueTask<UploadResult> CreateUploadAsync(CreateUpload command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        var uploadId = identifiers.NextToken();
        var nowMs = NowMs();
        var row = new UploadRow(
            UploadKeyOf(command.Key, uploadId),
            nowMs,
            command.OwnerId,
            command.ChecksumAlgorithm,
            command.ChecksumType,
            command.Headers);
        var outcome = await _state.CommitAsync(BeginInBucket().Put(Schema.Uploads, row), OnCondition);
        return outcome == IndexOutcome.Done
            ? new UploadResult(outcome, uploadId, nowMs)
            : new UploadResult(outcome, UploadId: null, InitiatedMs: 0);
    }

    /// <inheritdoc/>
    public async ValueTask<PartResult> PutPartAsync(PutPart command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        try
        {
            using var upload = await _locks.EnterAsync(UploadLock(command.UploadId), shared: true);
            using var part = await _locks.EnterAsync($"{UploadLock(command.UploadId)}/{command.Number}");
            return await PutPartLockedAsync(command, cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return new PartResult(IndexOutcome.Unavailable, ModifiedMs: 0);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectResult> CompleteUploadAsync(
        CompleteUpload command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        try
        {
            // The object's lock first: everybody who takes both takes them in this order.
            using var hold = await _locks.EnterAsync(command.Key);
            using var upload = await _locks.EnterAsync(UploadLock(command.UploadId));
            return await CompleteLockedAsync(command, cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return new ObjectResult(IndexOutcome.Unavailable, Entry: null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IndexOutcome> AbortUploadAsync(
        string key, string uploadId, CancellationToken cancellationToken)
    {
        try
        {
            using var upload = await _locks.EnterAsync(UploadLock(uploadId));
            var uploadKey = UploadKeyOf(key, uploadId);
            var transaction = BeginInBucket().RequireRow(Schema.Uploads, uploadKey).Delete(Schema.Uploads, uploadKey);
            transaction.Put(
                Schema.Garbage, new GarbageRow(NewGarbageKey(), Recipe: null, _bucketId, uploadId));
            return await _state.CommitAsync(transaction, OnCondition);
        }
        catch (KeyedLockFullException)
        {
            return IndexOutcome.Unavailable;
        }
    }

    private async ValueTask<PartResult> PutPartLockedAsync(PutPart command, CancellationToken cancellationToken)
    {
        var partKey = new PartKey(_bucketId, command.UploadId, command.Number);
        var replaced = await store.ReadAsync(Schema.Parts, partKey, cancellationToken);
        var nowMs = NowMs();
        var listing = new PartListingRow(
            partKey, command.SizeBytes, command.ETag, nowMs, command.Checksum?.Algorithm, command.Checksum?.Value);
        var transaction = BeginWithBlobs(command.Writer)
            .RequireRow(Schema.Uploads, UploadKeyOf(command.Key, command.UploadId))
            .Put(Schema.Parts, new PartRow(listing, command.Recipe));
        DiscardRecipe(transaction, replaced?.Recipe);
        var outcome = await _state.CommitAsync(transaction, OnCondition);
        return new PartResult(outcome, outcome == IndexOutcome.Done ? nowMs : 0);
    }

    private async ValueTask<ObjectResult> CompleteLockedAsync(
        CompleteUpload command, CancellationToken cancellationToken)
    {
        var uploadKey = UploadKeyOf(command.Key, command.UploadId);
        var current = await CurrentAsync(command.Key, cancellationToken);
        if (await store.ReadAsync(Schema.Uploads, uploadKey, cancellationToken) is null)
        {
            // A repeated completion, whose first answer was lost.
            return current is not null && current.UploadId == command.UploadId
                ? new ObjectResult(IndexOutcome.Done, current)
                : new ObjectResult(IndexOutcome.NoSuchUpload, Entry: null);
        }

        var verdict = WriteGuardRules.Check(command.Guard, current);
        if (verdict != IndexOutcome.Done)
        {
            return new ObjectResult(verdict, Entry: null);
        }

        var stored = await AllPartsAsync(command.UploadId, cancellationToken);
        var selection = PartSelection.Choose(command.Parts, stored);
        if (selection is null)
        {
            return new ObjectResult(IndexOutcome.InvalidPart, Entry: null);
        }

        var entry = ObjectRows.ToEntry(command, selection.SizeBytes, NowMs());
        var transaction = BeginInBucket()
            .RequireRow(Schema.Uploads, uploadKey)
            .Delete(Schema.Uploads, uploadKey)
            .Put(Schema.Objects, ObjectRows.ToRow(ObjectRows.Key(_bucketId, command.Key), entry));
        Discard(transaction, current);
        await DropPartsAsync(transaction, selection.Dropped, cancellationToken);
        return await CommitObjectAsync(transaction, command.Key, entry);
    }

    private async ValueTask<List<PartListingRow>> AllPartsAsync(string uploadId, CancellationToken cancellationToken)
    {
        var all = new List<PartListingRow>();
        while (true)
        {
            var after = all.Count == 0 ? 0 : all[^1].Key.Number;
            var page = await store.ReadRangeAsync(
                Schema.PartListing, PartKey.After(_bucketId, uploadId, after), PartsPerScan, cancellationToken);
            all.AddRange(page);
            if (page.Count < PartsPerScan)
            {
                return all;
            }
        }
    }

    private async ValueTask DropPartsAsync(
        MetadataTransaction transaction, IReadOnlyList<PartKey> dropped, CancellationToken cancellationToken)
    {
        foreach (var key in dropped)
        {
            var part = await store.ReadAsync(Schema.Parts, key, cancellationToken);
            DiscardRecipe(transaction, part?.Recipe);
            transaction.Delete(Schema.Parts, key);
        }
    }

    private void DiscardRecipe(MetadataTransaction transaction, byte[]? recipe)
    {
        if (recipe is not null)
        {
            transaction.Put(Schema.Garbage, new GarbageRow(NewGarbageKey(), recipe, BucketId: null, UploadId: null));
        }
    }

    private UploadKey UploadKeyOf(string key, string uploadId) =>
        new(_bucketId, ObjectRows.Key(_bucketId, key).Key, uploadId);

    // No object key can be mistaken for an upload's lock: the prefix is not legal in UTF-8.
    private static string UploadLock(string uploadId) => $"\uD800{uploadId}";
}
