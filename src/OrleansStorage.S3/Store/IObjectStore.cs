namespace OrleansStorage.S3.Store;

/// <summary>What the S3 front end asks of a store: buckets, objects and multipart uploads.</summary>
/// <remarks>
/// The port knows nothing of HTTP, signatures or XML, and the store knows nothing of S3's headers beyond the opaque
/// <see cref="ObjectHeaders"/>. Every operation is linearizable per key; a completed write is durable. Keys are valid
/// Unicode, 1 to 1024 bytes of UTF-8, compared by those bytes. Every method throws <see cref="ObjectStoreException"/>
/// for an expected failure; the bucket methods and every method that names a bucket throw
/// <see cref="ObjectStoreError.NoSuchBucket"/> when it does not exist, unless the method says otherwise.
/// </remarks>
public interface IObjectStore
{
    /// <summary>Creates an empty bucket.</summary>
    /// <exception cref="ObjectStoreException">
    /// <see cref="ObjectStoreError.BucketAlreadyExists"/>, or <see cref="ObjectStoreError.BucketAlreadyOwnedByYou"/>
    /// when <paramref name="ownerId"/> has it already.
    /// </exception>
    ValueTask<BucketInfo> CreateBucketAsync(string bucket, string ownerId, CancellationToken cancellationToken);

    /// <summary>The bucket, or <see langword="null"/> when it does not exist. May answer from a cache.</summary>
    ValueTask<BucketInfo?> FindBucketAsync(string bucket, CancellationToken cancellationToken);

    /// <summary>Deletes a bucket that holds no objects; its unfinished uploads are aborted.</summary>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.BucketNotEmpty"/>.</exception>
    ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken);

    /// <summary>Buckets in name order.</summary>
    /// <param name="ownerId">Only buckets of this owner; <see langword="null"/> for all.</param>
    /// <param name="prefix">Only names that begin with this.</param>
    /// <param name="after">Only names greater than this; empty to begin with the first.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    ValueTask<IReadOnlyList<BucketInfo>> ListBucketsAsync(
        string? ownerId, string prefix, string after, int limit, CancellationToken cancellationToken);

    /// <summary>What is known of an object, without its data; <see langword="null"/> when there is none.</summary>
    ValueTask<ObjectInfo?> FindObjectAsync(string bucket, string key, CancellationToken cancellationToken);

    /// <summary>Opens an object for reading; <see langword="null"/> when there is none.</summary>
    /// <remarks>The reader stays on the version it was opened on, also when the object is overwritten meanwhile.</remarks>
    ValueTask<IObjectReader?> OpenReadAsync(string bucket, string key, CancellationToken cancellationToken);

    /// <summary>Begins an object. Nothing is visible before <see cref="IObjectWriter.CommitAsync"/>.</summary>
    /// <param name="bucket">The bucket; looked up when the writer commits, at the latest.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="digest">Sees every byte once, in order; also while earlier bytes are being stored.</param>
    /// <param name="lengthHint">Expected length in bytes, or <see langword="null"/> when unknown.</param>
    IObjectWriter OpenWriter(string bucket, string key, IContentDigest digest, long? lengthHint);

    /// <summary>Deletes an object.</summary>
    /// <returns><see langword="false"/> when there was none; that is no error unless the condition asks for one.</returns>
    /// <exception cref="ObjectStoreException">
    /// <see cref="ObjectStoreError.PreconditionFailed"/>, or <see cref="ObjectStoreError.NoSuchKey"/> when
    /// <see cref="WriteCondition.IfMatch"/> names an ETag and there is no object.
    /// </exception>
    ValueTask<bool> DeleteObjectAsync(
        string bucket, string key, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>One page of keys in UTF-8 order; its cost does not depend on the size of the bucket.</summary>
    ValueTask<ObjectListing> ListObjectsAsync(string bucket, ListQuery query, CancellationToken cancellationToken);

    /// <summary>Begins a multipart upload and returns it with its new id.</summary>
    ValueTask<UploadInfo> CreateUploadAsync(
        string bucket, string key, UploadRequest request, CancellationToken cancellationToken);

    /// <summary>An unfinished upload, or <see langword="null"/>.</summary>
    ValueTask<UploadInfo?> FindUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken);

    /// <summary>Begins a part; a part of the same number is replaced when this one commits.</summary>
    /// <remarks>The commit throws <see cref="ObjectStoreError.NoSuchUpload"/> when the upload is gone.</remarks>
    IPartWriter OpenPartWriter(
        string bucket, string key, string uploadId, int partNumber, IContentDigest digest, long? lengthHint);

    /// <summary>Parts of an unfinished upload, in number order.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The upload's key.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="afterPartNumber">Only greater numbers; 0 to begin with the first.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.NoSuchUpload"/>.</exception>
    ValueTask<IReadOnlyList<PartInfo>> ListPartsAsync(
        string bucket, string key, string uploadId, int afterPartNumber, int limit, CancellationToken cancellationToken);

    /// <summary>Makes the upload an object of the named parts, in one step; other parts are dropped.</summary>
    /// <remarks>Repeating a completion that succeeded answers with the same object while that object is current.</remarks>
    /// <exception cref="ObjectStoreException">
    /// <see cref="ObjectStoreError.NoSuchUpload"/>; <see cref="ObjectStoreError.InvalidPart"/> when a part is missing or
    /// has another ETag by now; <see cref="ObjectStoreError.PreconditionFailed"/>.
    /// </exception>
    ValueTask<ObjectInfo> CompleteUploadAsync(
        string bucket,
        string key,
        string uploadId,
        IReadOnlyList<CompletedPart> parts,
        ObjectCommit commit,
        CancellationToken cancellationToken);

    /// <summary>Drops an unfinished upload and its parts.</summary>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.NoSuchUpload"/>.</exception>
    ValueTask AbortUploadAsync(string bucket, string key, string uploadId, CancellationToken cancellationToken);

    /// <summary>Unfinished uploads, by key and then by upload id, rolled up by delimiter like a listing of objects.</summary>
    ValueTask<UploadListing> ListUploadsAsync(
        string bucket, UploadQuery query, CancellationToken cancellationToken);
}
