namespace OrleansStorage.Abstractions;

/// <summary>How a change of a bucket or of its index of objects ended. Values are part of the wire format.</summary>
public enum IndexOutcome
{
    /// <summary>Done, and durable.</summary>
    Done = 0,

    /// <summary>There is no such bucket, or not any more. Nothing was changed.</summary>
    NoSuchBucket = 1,

    /// <summary>The bucket exists already. Nothing was changed.</summary>
    BucketExists = 2,

    /// <summary>The bucket holds objects. Nothing was changed.</summary>
    BucketNotEmpty = 3,

    /// <summary>There is no such object. Nothing was changed.</summary>
    NoSuchKey = 4,

    /// <summary>There is no such unfinished upload. Nothing was changed.</summary>
    NoSuchUpload = 5,

    /// <summary>A named part is missing, or has another ETag. Nothing was changed.</summary>
    InvalidPart = 6,

    /// <summary>A condition does not hold. Nothing was changed.</summary>
    PreconditionFailed = 7,

    /// <summary>Another activation owns the state by now. Nothing was changed; calling again reaches the owner.</summary>
    Moved = 8,

    /// <summary>Too much is queued, or the metadata store is away. Nothing was changed.</summary>
    Unavailable = 9,

    /// <summary>The metadata store went away during the commit: the change happened or it did not.</summary>
    Unknown = 10,
}
