namespace OrleansStorage.S3.Store.InMemory;

/// <summary>One version of an object. Immutable.</summary>
internal sealed class StoredObject(
    ObjectInfo info, IReadOnlyList<InMemoryBody> bodies, IReadOnlyList<PartInfo>? parts, string? uploadId)
{
    /// <summary>What is known of it.</summary>
    public ObjectInfo Info => info;

    /// <summary>Its bytes, in order.</summary>
    public IReadOnlyList<InMemoryBody> Bodies => bodies;

    /// <summary>The parts it was completed from; null when it was not uploaded in parts.</summary>
    public IReadOnlyList<PartInfo>? Parts => parts;

    /// <summary>The upload it was completed from.</summary>
    public string? UploadId => uploadId;
}
