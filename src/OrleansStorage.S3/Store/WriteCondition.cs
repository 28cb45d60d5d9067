namespace OrleansStorage.S3.Store;

/// <summary>What must hold of the current object for a write to happen, decided in the same step as the write.</summary>
/// <param name="IfMatch">ETag it must have, without quotes, or "*" for any object; null for no condition.</param>
/// <param name="IfNoneMatch">ETag it must not have, or "*": there must be no object; null for no condition.</param>
/// <param name="IfMatchLastModified">The whole second it must have been written in; deletes only.</param>
/// <param name="IfMatchSizeBytes">The size it must have; deletes only.</param>
public readonly record struct WriteCondition(
    string? IfMatch = null,
    string? IfNoneMatch = null,
    DateTimeOffset? IfMatchLastModified = null,
    long? IfMatchSizeBytes = null)
{
    /// <summary>No condition at all.</summary>
    public bool IsEmpty =>
        IfMatch is null && IfNoneMatch is null && IfMatchLastModified is null && IfMatchSizeBytes is null;
}
