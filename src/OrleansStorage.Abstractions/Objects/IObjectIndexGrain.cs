namespace OrleansStorage.Abstractions.Objects;

/// <summary>One partition of a bucket's index of objects: the only writer of its rows, and their cache.</summary>
/// <remarks>
/// The grain's key is made by <see cref="ObjectIndexPartition"/>; every object key belongs to one partition. Changes of
/// one key happen in the order in which they arrive; changes of different keys commit together.
/// </remarks>
[Alias("OrleansStorage.IObjectIndexGrain")]
public interface IObjectIndexGrain : IGrainWithStringKey
{
    /// <summary>The current version of an object, or <see langword="null"/>.</summary>
    [Alias("Find")]
    ValueTask<ObjectEntry?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Makes stored blobs the current version of an object.</summary>
    [Alias("Put")]
    ValueTask<ObjectResult> PutAsync(PutObject command, CancellationToken cancellationToken);

    /// <summary>Deletes an object; <see cref="IndexOutcome.NoSuchKey"/> when there is none.</summary>
    [Alias("Delete")]
    ValueTask<IndexOutcome> DeleteAsync(string key, WriteGuard guard, CancellationToken cancellationToken);

    /// <summary>Begins an upload.</summary>
    [Alias("CreateUpload")]
    ValueTask<UploadResult> CreateUploadAsync(CreateUpload command, CancellationToken cancellationToken);

    /// <summary>Makes stored blobs a part of an unfinished upload.</summary>
    [Alias("PutPart")]
    ValueTask<PartResult> PutPartAsync(PutPart command, CancellationToken cancellationToken);

    /// <summary>Makes an upload an object.</summary>
    [Alias("CompleteUpload")]
    ValueTask<ObjectResult> CompleteUploadAsync(CompleteUpload command, CancellationToken cancellationToken);

    /// <summary>Drops an unfinished upload.</summary>
    [Alias("AbortUpload")]
    ValueTask<IndexOutcome> AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken);
}
