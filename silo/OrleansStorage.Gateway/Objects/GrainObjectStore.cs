using Microsoft.Extensions.Options;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Buckets;
using OrleansStorage.Gateway.Buffers;
using OrleansStorage.Metadata;
using OrleansStorage.Pools;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>The object store of the cluster: names through grains, bytes straight to the pool.</summary>
/// <remarks>
/// A write stores its blobs, then has the owner of the key commit their recipe, then answers. What fails before the
/// commit deletes its blobs; what nobody knows the outcome of is left to the sweeper. Thread safe.
/// </remarks>
public sealed partial class GrainObjectStore : IObjectStore
{
    private readonly IMetadataStore _metadata;
    private readonly PoolSet _blobs;
    private readonly TimeProvider _time;
    private readonly GatewayOptions _options;
    private readonly BucketDirectory _buckets;
    private readonly BodyBufferPool _buffers;
    private readonly OpenReads _openReads;
    private readonly PartLayouts _layouts;

    /// <summary>Binds the port to the grains of a cluster.</summary>
    public GrainObjectStore(
        IGrainFactory grains,
        IMetadataStore metadata,
        PoolSet blobs,
        OpenReads openReads,
        TimeProvider time,
        IOptions<GatewayOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _metadata = metadata;
        _blobs = blobs;
        _time = time;
        _options = options.Value;
        _openReads = openReads;
        _buckets = new BucketDirectory(grains, time, _options.BucketCacheAge);
        _buffers = new BodyBufferPool(_options.BlobSizeBytes, _options.BodyBytesMax);
        _layouts = new PartLayouts(metadata);
    }

    /// <summary>Incarnation of this process as it stands in the ids of the blobs that it writes.</summary>
    internal uint Writer => _blobs.Writer;

    /// <inheritdoc/>
    public ValueTask<BucketInfo> CreateBucketAsync(string bucket, string ownerId, CancellationToken cancellationToken) =>
        CreateBucketAsync(bucket, ownerId, BucketSettings.Default, cancellationToken);

    /// <summary>Creates a bucket with settings that S3 has no words for.</summary>
    /// <exception cref="ObjectStoreException">As <see cref="IObjectStore.CreateBucketAsync"/>.</exception>
    public async ValueTask<BucketInfo> CreateBucketAsync(
        string bucket, string ownerId, BucketSettings settings, CancellationToken cancellationToken)
    {
        var result = await ChangeBucketAsync(
            bucket, grain => grain.CreateAsync(ownerId, settings, cancellationToken), cancellationToken);
        return result.Outcome switch
        {
            IndexOutcome.Done => ToInfo(result.Bucket!),
            IndexOutcome.BucketExists when result.Bucket?.OwnerId == ownerId => throw new ObjectStoreException(
                ObjectStoreError.BucketAlreadyOwnedByYou, $"You own the bucket '{bucket}' already."),
            _ => throw StoreErrors.From(result.Outcome, bucket),
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BucketInfo?> FindBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        var handle = await FindHandleAsync(bucket, cancellationToken);
        return handle?.Info;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        var result = await ChangeBucketAsync(
            bucket, grain => grain.DeleteAsync(cancellationToken), cancellationToken);
        if (result.Outcome != IndexOutcome.Done)
        {
            throw StoreErrors.From(result.Outcome, bucket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BucketInfo>> ListBucketsAsync(
        string? ownerId, string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return await BucketListing.PageAsync(_metadata, ownerId, prefix, after, limit, cancellationToken);
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo?> FindObjectAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        var (_, entry) = await FindEntryAsync(bucket, key, cancellationToken);
        return entry is null ? null : ToInfo(key, entry);
    }

    /// <inheritdoc/>
    public async ValueTask<IObjectReader?> OpenReadAsync(
        string bucket, string key, CancellationToken cancellationToken)
    {
        // Registered before the look-up, so that the sweeper keeps what the look-up finds.
        var open = _openReads.Begin();
        try
        {
            var (handle, entry) = await FindEntryAsync(bucket, key, cancellationToken);
            if (entry is null)
            {
                open.Dispose();
                return null;
            }

            return new GrainObjectReader(
                ToInfo(key, entry), entry, handle.State.BucketId, _blobs, _metadata, _layouts, _options.ReadSizeBytes, open);
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IObjectWriter OpenWriter(string bucket, string key, IContentDigest digest, long? lengthHint) =>
        new GrainObjectWriter(this, bucket, key, NewBody(bucket, digest, lengthHint));

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteObjectAsync(
        string bucket, string key, WriteCondition condition, CancellationToken cancellationToken)
    {
        var guard = ToGuard(condition);
        var outcome = await ChangeOrFailAsync(
            bucket,
            key,
            index => index.DeleteAsync(key, guard, CancellationToken.None),
            static o => o,
            cancellationToken);
        return outcome switch
        {
            IndexOutcome.Done => true,
            IndexOutcome.NoSuchKey when condition.IsEmpty => false,
            _ => throw StoreErrors.From(outcome, bucket),
        };
    }

    internal async ValueTask<ObjectInfo> CommitObjectAsync(
        string bucket, PutObject command, CancellationToken cancellationToken)
    {
        var result = await ChangeAsync(
            bucket,
            command.Key,
            index => index.PutAsync(command, CancellationToken.None),
            static r => r.Outcome,
            cancellationToken);
        return result.Outcome == IndexOutcome.Done
            ? ToInfo(command.Key, result.Entry!)
            : throw StoreErrors.From(result.Outcome, bucket);
    }

    private async ValueTask<BucketResult> ChangeBucketAsync(
        string bucket, Func<IBucketGrain, ValueTask<BucketResult>> change, CancellationToken cancellationToken)
    {
        try
        {
            return await IndexCalls.RunAsync(
                () => change(_buckets.Grain(bucket)), static r => r.Outcome, _time, cancellationToken);
        }
        catch (OutcomeUnknownException e)
        {
            throw StoreErrors.Unavailable(e);
        }
        finally
        {
            _buckets.Forget(bucket);
        }
    }

    private BlobBody NewBody(string bucket, IContentDigest digest, long? lengthHint) =>
        new(cancellationToken => BeginWriteAsync(bucket, cancellationToken), _buffers, _options.BlobSizeBytes, digest, lengthHint);

    /// <summary>Begins to write into the pool of a bucket.</summary>
    private async ValueTask<IBlobWriteSession> BeginWriteAsync(string bucket, CancellationToken cancellationToken)
    {
        var handle = await FindHandleAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        var pool = _blobs.Find(handle.State.Settings.Pool) ?? throw new ObjectStoreException(
            ObjectStoreError.Unavailable, $"The pool '{handle.State.Settings.Pool}' of the bucket '{bucket}' is not there.");
        return pool.BeginWrite();
    }

    /// <summary>Has the owner of a key change it; a bucket that was created anew meanwhile is found again.</summary>
    /// <remarks>Commits are not cancelled: a client that goes away must not leave their outcome open.</remarks>
    private async ValueTask<T> ChangeAsync<T>(
        string bucket,
        string key,
        Func<IObjectIndexGrain, ValueTask<T>> change,
        Func<T, IndexOutcome> outcomeOf,
        CancellationToken cancellationToken)
    {
        var handle = await FindHandleAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        while (true)
        {
            var result = await IndexCalls.RunAsync(() => change(handle.Index(key)), outcomeOf, _time, cancellationToken);
            if (outcomeOf(result) != IndexOutcome.NoSuchBucket)
            {
                return result;
            }

            var now = await FindHandleNowAsync(bucket, cancellationToken);
            if (now is null || now.State.BucketId == handle.State.BucketId)
            {
                throw StoreErrors.NoSuchBucket(bucket);
            }

            handle = now;
        }
    }

    private async ValueTask<(BucketHandle Handle, ObjectEntry? Entry)> FindEntryAsync(
        string bucket, string key, CancellationToken cancellationToken)
    {
        var handle = await FindHandleAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        while (true)
        {
            var entry = await IndexCalls.FindAsync(handle.Index(key), key, _time, cancellationToken);
            if (entry is not null)
            {
                return (handle, entry);
            }

            // The name may stand for another bucket by now.
            var now = await FindHandleNowAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
            if (now.State.BucketId == handle.State.BucketId)
            {
                return (handle, null);
            }

            handle = now;
        }
    }

    private async ValueTask<BucketHandle?> FindHandleAsync(string bucket, CancellationToken cancellationToken)
    {
        try
        {
            return await _buckets.FindAsync(bucket, cancellationToken);
        }
        catch (Exception e) when (StoreErrors.IsUnavailable(e))
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    private async ValueTask<BucketHandle?> FindHandleNowAsync(string bucket, CancellationToken cancellationToken)
    {
        try
        {
            return await _buckets.FindNowAsync(bucket, cancellationToken);
        }
        catch (Exception e) when (StoreErrors.IsUnavailable(e))
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    private static BucketInfo ToInfo(BucketState state) =>
        new(state.Name, state.OwnerId, DateTimeOffset.FromUnixTimeMilliseconds(state.CreatedMs));

    private static ObjectInfo ToInfo(string key, ObjectEntry entry) => new()
    {
        Key = key,
        SizeBytes = entry.SizeBytes,
        ETag = entry.ETag,
        LastModified = DateTimeOffset.FromUnixTimeMilliseconds(entry.ModifiedMs),
        OwnerId = entry.OwnerId,
        Headers = HeadersCodec.Decode(entry.Headers),
        Checksum = entry.Checksum is { } checksum
            ? new ObjectChecksum((ChecksumAlgorithm)checksum.Algorithm, (ChecksumType)checksum.Type, checksum.Value)
            : null,
        PartsCount = entry.PartsCount,
    };

    internal static ChecksumEntry? ToEntry(ObjectChecksum? checksum) =>
        checksum is null ? null : new((long)checksum.Algorithm, (long)checksum.Type, checksum.Value);

    internal static WriteGuard ToGuard(WriteCondition condition) => condition.IsEmpty
        ? WriteGuard.None
        : new(
            condition.IfMatch,
            condition.IfNoneMatch,
            condition.IfMatchLastModified?.ToUnixTimeSeconds(),
            condition.IfMatchSizeBytes);
}
