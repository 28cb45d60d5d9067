using OrleansStorage.Abstractions;
using OrleansStorage.Metadata;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Turns outcomes of grains into errors of the port, in one place.</summary>
internal static class StoreErrors
{
    public static ObjectStoreException NoSuchBucket(string bucket) =>
        new(ObjectStoreError.NoSuchBucket, $"The bucket '{bucket}' does not exist.");

    public static ObjectStoreException From(IndexOutcome outcome, string bucket) => outcome switch
    {
        IndexOutcome.NoSuchBucket => NoSuchBucket(bucket),
        IndexOutcome.BucketExists => new(ObjectStoreError.BucketAlreadyExists, $"The bucket '{bucket}' exists."),
        IndexOutcome.BucketNotEmpty => new(ObjectStoreError.BucketNotEmpty, $"The bucket '{bucket}' is not empty."),
        IndexOutcome.NoSuchKey => new(ObjectStoreError.NoSuchKey, "The object does not exist."),
        IndexOutcome.NoSuchUpload => new(ObjectStoreError.NoSuchUpload, "The upload does not exist."),
        IndexOutcome.InvalidPart => new(ObjectStoreError.InvalidPart, "A part is missing, or has another ETag."),
        IndexOutcome.PreconditionFailed => new(ObjectStoreError.PreconditionFailed, "A condition does not hold."),
        IndexOutcome.Moved => new(ObjectStoreError.Unavailable, "The owner of the key is moving."),
        IndexOutcome.Unavailable => new(ObjectStoreError.Unavailable, "Too much is queued, or the metadata store is away."),
        IndexOutcome.Unknown => new(ObjectStoreError.Unavailable, "The metadata store went away during the commit."),
        _ => throw new InvalidOperationException($"{outcome} is no failure."),
    };

    /// <summary>The cluster or the metadata store could not be reached: a caller may try again.</summary>
    public static bool IsUnavailable(Exception exception) =>
        exception is OrleansException or TimeoutException or MetadataUnavailableException or OwnerUnavailableException;

    public static ObjectStoreException Unavailable(Exception exception) =>
        new(ObjectStoreError.Unavailable, exception.Message, exception);
}
