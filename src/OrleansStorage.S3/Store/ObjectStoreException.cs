namespace OrleansStorage.S3.Store;

/// <summary>The outcomes of a store operation that a caller must expect.</summary>
public enum ObjectStoreError
{
    /// <summary>The bucket does not exist.</summary>
    NoSuchBucket,

    /// <summary>Somebody else has a bucket of that name.</summary>
    BucketAlreadyExists,

    /// <summary>The caller has that bucket already.</summary>
    BucketAlreadyOwnedByYou,

    /// <summary>The bucket holds objects.</summary>
    BucketNotEmpty,

    /// <summary>There is no object of that key.</summary>
    NoSuchKey,

    /// <summary>There is no unfinished upload of that id.</summary>
    NoSuchUpload,

    /// <summary>A part of a completion is missing, or its ETag is another.</summary>
    InvalidPart,

    /// <summary>A condition on a write does not hold.</summary>
    PreconditionFailed,

    /// <summary>A write met another one on the same key; the caller may try again.</summary>
    ConditionalRequestConflict,

    /// <summary>No device can take more data.</summary>
    StorageFull,

    /// <summary>The owner is moving, or too much is queued; the caller may try again.</summary>
    Unavailable,

    /// <summary>Stored bytes cannot be read back intact from any replica.</summary>
    DataLost,
}

/// <summary>An expected failure of an <see cref="IObjectStore"/> operation. Nothing was changed.</summary>
/// <remarks>
/// <see cref="ObjectStoreError.Unavailable"/> alone leaves the outcome of a write open: it happened or it did not.
/// </remarks>
public sealed class ObjectStoreException(ObjectStoreError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What went wrong.</summary>
    public ObjectStoreError Error { get; } = error;

    /// <summary>The same request may succeed when it is repeated.</summary>
    public bool IsTransient =>
        Error is ObjectStoreError.Unavailable or ObjectStoreError.ConditionalRequestConflict;
}
