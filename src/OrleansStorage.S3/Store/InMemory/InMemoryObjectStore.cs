using System.Globalization;

namespace OrleansStorage.S3.Store.InMemory;

/// <summary>The whole of <see cref="IObjectStore"/> in the memory of one process: the reference model. Loses everything at exit.</summary>
/// <remarks>One lock per store; every operation under it is short. Bodies are gathered outside the lock.</remarks>
/// <param name="timeProvider">The clock of LastModified.</param>
public sealed class InMemoryObjectStore(TimeProvider timeProvider) : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Bucket> _buckets = new(KeyOrder.Instance);
    private long _lastUpload;

    /// <summary>A store on the system's clock.</summary>
    public InMemoryObjectStore()
        : this(TimeProvider.System)
    {
    }

    /// <inheritdoc/>
    public ValueTask<BucketInfo> CreateBucketAsync(string bucket, string ownerId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_buckets.TryGetValue(bucket, out var existing))
            {
                throw existing.Info.OwnerId == ownerId
                    ? Failure(ObjectStoreError.BucketAlreadyOwnedByYou, bucket)
                    : Failure(ObjectStoreError.BucketAlreadyExists, bucket);
            }

            var created = new Bucket(new BucketInfo(bucket, ownerId, Now()));
            _buckets.Add(bucket, created);
            return ValueTask.FromResult(created.Info);
        }
    }

    /// <inheritdoc/>
    public ValueTask<BucketInfo?> FindBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_buckets.GetValueOrDefault(bucket)?.Info);
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Require(bucket).Objects.Count > 0)
            {
                throw Failure(ObjectStoreError.BucketNotEmpty, bucket);
            }

            _buckets.Remove(bucket);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BucketInfo>> ListBucketsAsync(
        string? ownerId, string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        var found = new List<BucketInfo>();
        lock (_lock)
        {
            foreach (var (name, bucket) in _buckets)
            {
                if (found.Count < limit
                    && (ownerId is null || bucket.Info.OwnerId == ownerId)
                    && name.StartsWith(prefix, StringComparison.Ordinal)
                    && KeyOrder.Instance.Compare(name, after) > 0)
                {
                    found.Add(bucket.Info);
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyList<BucketInfo>>(found);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> FindObjectAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Require(bucket).Objects.Find(key)?.Info);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IObjectReader?> OpenReadAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult<IObjectReader?>(
                Require(bucket).Objects.Find(key) is { } found ? new InMemoryObjectReader(found) : null);
        }
    }

    /// <inheritdoc/>
    public IObjectWriter OpenWriter(string bucket, string key, IContentDigest digest, long? lengthHint) =>
        new InMemoryObjectWriter(this, bucket, key, digest, lengthHint);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteObjectAsync(
        string bucket, string key, WriteCondition condition, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var objects = Require(bucket).Objects;
            Check(condition, objects.Find(key)?.Info);
            return ValueTask.FromResult(objects.Remove(key));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectListing> ListObjectsAsync(string bucket, ListQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var objects = new List<ObjectInfo>();
            var prefixes = new List<string>();
            var last = "";
            var isTruncated = false;
            foreach (var (name, found) in Require(bucket).Objects.Roll(query.Prefix, query.Delimiter, query.After))
            {
                if (objects.Count + prefixes.Count == query.Limit)
                {
                    // A page of none says nothing of what would follow.
                    isTruncated = query.Limit > 0;
                    break;
                }

                last = name;
                if (found is null)
                {
                    prefixes.Add(name);
                }
                else
                {
                    objects.Add(found.Info with { Headers = ObjectHeaders.Empty });
                }
            }

            return ValueTask.FromResult(new ObjectListing(objects, prefixes, isTruncated, last));
        }
    }

    /// <inheritdoc/>
    public ValueTask<UploadInfo> CreateUploadAsync(
        string bucket, string key, UploadRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var id = (++_lastUpload).ToString("x16", CultureInfo.InvariantCulture);
            var upload = new InMemoryUpload(new UploadInfo(key, id, Now(), request));
            Require(bucket).Add(upload);
            return ValueTask.FromResult(upload.Info);
        }
    }

    /// <inheritdoc/>
    public ValueTask<UploadInfo?> FindUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Require(bucket).FindUpload(key, uploadId)?.Info);
        }
    }

    /// <inheritdoc/>
    public IPartWriter OpenPartWriter(
        string bucket, string key, string uploadId, int partNumber, IContentDigest digest, long? lengthHint) =>
        new InMemoryPartWriter(this, bucket, key, uploadId, partNumber, digest, lengthHint);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PartInfo>> ListPartsAsync(
        string bucket, string key, string uploadId, int afterPartNumber, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var parts = new List<PartInfo>();
            foreach (var (number, part) in RequireUpload(bucket, key, uploadId).Parts)
            {
                if (number > afterPartNumber && parts.Count < limit)
                {
                    parts.Add(part.Info);
                }
            }

            return ValueTask.FromResult<IReadOnlyList<PartInfo>>(parts);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectInfo> CompleteUploadAsync(
        string bucket,
        string key,
        string uploadId,
        IReadOnlyList<CompletedPart> parts,
        ObjectCommit commit,
        CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var owner = Require(bucket);
            if (owner.FindUpload(key, uploadId) is not { } upload)
            {
                // The same completion again: the object that it made is the answer, as long as it is there.
                return owner.Objects.Find(key) is { } made && made.UploadId == uploadId && made.Info.ETag == commit.ETag
                    ? ValueTask.FromResult(made.Info)
                    : throw Failure(ObjectStoreError.NoSuchUpload, uploadId);
            }

            var chosen = upload.Choose(parts);
            Check(commit.Condition, owner.Objects.Find(key)?.Info);
            var body = new List<InMemoryBody>(chosen.Count);
            chosen.ForEach(part => body.Add(part.Body));
            var stored = new StoredObject(
                Describe(key, InMemoryBody.LengthOf(body), commit) with { PartsCount = chosen.Count },
                body,
                chosen.ConvertAll(part => part.Info),
                uploadId);
            owner.Objects.Set(stored);
            owner.Remove(upload);
            return ValueTask.FromResult(stored.Info);
        }
    }

    /// <inheritdoc/>
    public ValueTask AbortUploadAsync(string bucket, string key, string uploadId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var upload = RequireUpload(bucket, key, uploadId);
            Require(bucket).Remove(upload);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask<UploadListing> ListUploadsAsync(string bucket, UploadQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Require(bucket).ListUploads(query));
        }
    }

    /// <summary>Makes a gathered body an object.</summary>
    internal ObjectInfo Commit(string bucket, string key, InMemoryBody body, ObjectCommit commit)
    {
        lock (_lock)
        {
            var owner = Require(bucket);
            Check(commit.Condition, owner.Objects.Find(key)?.Info);
            var stored = new StoredObject(Describe(key, body.LengthBytes, commit), [body], parts: null, uploadId: null);
            owner.Objects.Set(stored);
            return stored.Info;
        }
    }

    /// <summary>Makes a gathered body a part.</summary>
    internal PartInfo Commit(string bucket, string key, string uploadId, int number, InMemoryBody body, PartCommit commit)
    {
        lock (_lock)
        {
            var upload = RequireUpload(bucket, key, uploadId);
            var info = new PartInfo(number, body.LengthBytes, commit.ETag, Now(), commit.Checksum);
            upload.Parts[number] = new StoredPart(info, body);
            return info;
        }
    }

    private static void Check(WriteCondition condition, ObjectInfo? current)
    {
        if (current is null)
        {
            var asksForOne = condition is not { IfMatch: null, IfMatchSizeBytes: null, IfMatchLastModified: null };
            if (asksForOne)
            {
                throw Failure(ObjectStoreError.NoSuchKey, "condition");
            }

            return;
        }

        Hold(condition.IfMatch is not { } match || match == "*" || match == current.ETag);
        Hold(condition.IfNoneMatch is not { } noneMatch || (noneMatch != "*" && noneMatch != current.ETag));
        Hold(condition.IfMatchSizeBytes is not { } size || size == current.SizeBytes);
        Hold(condition.IfMatchLastModified is not { } time
            || time.ToUnixTimeSeconds() == current.LastModified.ToUnixTimeSeconds());
    }

    private static void Hold(bool holds)
    {
        if (!holds)
        {
            throw Failure(ObjectStoreError.PreconditionFailed, "condition");
        }
    }

    private static ObjectStoreException Failure(ObjectStoreError error, string what) => new(error, $"{error}: {what}.");

    private ObjectInfo Describe(string key, long sizeBytes, ObjectCommit commit) => new()
    {
        Key = key,
        SizeBytes = sizeBytes,
        ETag = commit.ETag,
        LastModified = Now(),
        OwnerId = commit.OwnerId,
        Headers = commit.Headers,
        Checksum = commit.Checksum,
    };

    private Bucket Require(string bucket) =>
        _buckets.GetValueOrDefault(bucket) ?? throw Failure(ObjectStoreError.NoSuchBucket, bucket);

    private InMemoryUpload RequireUpload(string bucket, string key, string uploadId) =>
        Require(bucket).FindUpload(key, uploadId) ?? throw Failure(ObjectStoreError.NoSuchUpload, uploadId);

    private DateTimeOffset Now()
    {
        var now = timeProvider.GetUtcNow();
        return new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }
}
