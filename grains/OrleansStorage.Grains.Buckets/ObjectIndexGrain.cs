using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Buckets;

/// <inheritdoc cref="IObjectIndexGrain"/>
/// <remarks>
/// Calls interleave, so that the changes of many keys commit together; a lock for each key keeps the changes of one key
/// in order. What is read after an <c>await</c> is protected by that lock and by the epoch that every commit carries.
/// </remarks>
[Reentrant]
public sealed partial class ObjectIndexGrain(
    IMetadataStore store,
    OwnershipManager owners,
    IdentifierSource identifiers,
    TimeProvider time,
    IOptions<BucketGrainsOptions> options,
    ILogger<ObjectIndexGrain> logger) : Grain, IObjectIndexGrain
{
    private readonly ObjectIndexCache _cache = new(options.Value.CachedEntriesMax);
    private readonly KeyedLock _locks = new(options.Value.WaitersPerKeyMax);
    private OwnedState _state = null!;
    private long _bucketId;

    /// <summary>The owner name of a partition's epoch.</summary>
    public static string OwnerName(string grainKey) => $"objects/{grainKey}";

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _bucketId = ObjectIndexPartition.BucketIdOf(key);
        var ownership = await owners.TakeAsync(OwnerName(key), cancellationToken);
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
    public ValueTask<ObjectEntry?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (_state.MayServeReads && _cache.TryGet(key, out var entry))
        {
            return new(entry);
        }

        return ReadAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectResult> PutAsync(PutObject command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        try
        {
            using var hold = await _locks.EnterAsync(command.Key);
            return await PutLockedAsync(command, cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return new ObjectResult(IndexOutcome.Unavailable, Entry: null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IndexOutcome> DeleteAsync(
        string key, WriteGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            using var hold = await _locks.EnterAsync(key);
            return await DeleteLockedAsync(key, guard, cancellationToken);
        }
        catch (KeyedLockFullException)
        {
            return IndexOutcome.Unavailable;
        }
    }

    private async ValueTask<ObjectResult> PutLockedAsync(PutObject command, CancellationToken cancellationToken)
    {
        var current = await CurrentAsync(command.Key, cancellationToken);
        var verdict = WriteGuardRules.Check(command.Guard, current);
        if (verdict != IndexOutcome.Done)
        {
            return new ObjectResult(verdict, Entry: null);
        }

        var entry = ObjectRows.ToEntry(command, NowMs());
        var transaction = BeginWithBlobs(command.Writer)
            .Put(Schema.Objects, ObjectRows.ToRow(ObjectRows.Key(_bucketId, command.Key), entry));
        Discard(transaction, current);
        return await CommitObjectAsync(transaction, command.Key, entry);
    }

    private async ValueTask<IndexOutcome> DeleteLockedAsync(
        string key, WriteGuard guard, CancellationToken cancellationToken)
    {
        var current = await CurrentAsync(key, cancellationToken);
        var verdict = WriteGuardRules.Check(guard, current);
        if (verdict != IndexOutcome.Done)
        {
            return verdict;
        }

        if (current is null)
        {
            return IndexOutcome.NoSuchKey;
        }

        var transaction = BeginInBucket().Delete(Schema.Objects, ObjectRows.Key(_bucketId, key));
        Discard(transaction, current);
        _cache.BeginWrite(key);
        var outcome = await _state.CommitAsync(transaction, OnCondition);
        _cache.EndWrite(key, entry: null);
        return outcome;
    }

    /// <summary>Commits a new version of an object whose lock is held.</summary>
    private async ValueTask<ObjectResult> CommitObjectAsync(
        MetadataTransaction transaction, string key, ObjectEntry entry)
    {
        _cache.BeginWrite(key);
        var outcome = await _state.CommitAsync(transaction, OnCondition);
        var committed = outcome == IndexOutcome.Done ? entry : null;
        _cache.EndWrite(key, committed);
        return new ObjectResult(outcome, committed);
    }

    /// <summary>
    /// The version that a change of a locked key starts from. A commit would be fenced, but a refusal commits nothing, so
    /// it needs the same care as a read.
    /// </summary>
    private ValueTask<ObjectEntry?> CurrentAsync(string key, CancellationToken cancellationToken) =>
        _state.MayServeReads && _cache.TryGet(key, out var entry) ? new(entry) : ReadAsync(key, cancellationToken);

    private async ValueTask<ObjectEntry?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        _state.EndIfOver();
        var stamp = _cache.Stamp;
        var row = await store.ReadAsync(Schema.Objects, ObjectRows.Key(_bucketId, key), cancellationToken);
        if (row is null)
        {
            return null;
        }

        var entry = ObjectRows.ToEntry(row);
        _cache.OfferRead(key, entry, stamp);
        return entry;
    }

    private MetadataTransaction BeginInBucket() => _state.Begin().RequireRow(Schema.BucketIds, _bucketId);

    /// <summary>
    /// A transaction that names new blobs. Once their writer is struck off, the sweeper may erase what nothing names yet.
    /// </summary>
    private MetadataTransaction BeginWithBlobs(uint writer) => store.IsExclusive
        ? BeginInBucket()
        : BeginInBucket().RequireRow(Schema.Silos, writer);

    private void Discard(MetadataTransaction transaction, ObjectEntry? replaced)
    {
        if (replaced is not null && ObjectRows.ToGarbage(_bucketId, replaced, NewGarbageKey()) is { } garbage)
        {
            transaction.Put(Schema.Garbage, garbage);
        }
    }

    private GarbageKey NewGarbageKey() => new(NowMs(), identifiers.NextInt64());

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static IndexOutcome OnCondition(string table)
    {
        if (table == Schema.Silos.Name)
        {
            return IndexOutcome.Unavailable;
        }

        return table == Schema.Uploads.Name ? IndexOutcome.NoSuchUpload : IndexOutcome.NoSuchBucket;
    }
}
