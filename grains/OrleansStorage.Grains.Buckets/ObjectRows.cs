using System.Text;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Buckets;

/// <summary>Between the rows of the metadata store and the messages of the grains. Pure.</summary>
internal static class ObjectRows
{
    public static ObjectKey Key(long bucketId, string key) => new(bucketId, Encoding.UTF8.GetBytes(key));

    public static ObjectEntry ToEntry(ObjectRow row) => new()
    {
        SizeBytes = row.SizeBytes,
        ETag = row.ETag,
        ModifiedMs = row.ModifiedMs,
        OwnerId = row.OwnerId,
        Checksum = row.ChecksumValue is null
            ? null
            : new ChecksumEntry(row.ChecksumAlgorithm ?? 0, row.ChecksumType ?? 0, row.ChecksumValue),
        UploadId = row.UploadId,
        PartsCount = (int?)row.PartsCount,
        Headers = row.Headers,
        Recipe = row.Recipe,
    };

    public static ObjectRow ToRow(ObjectKey key, ObjectEntry entry) => new()
    {
        Key = key,
        SizeBytes = entry.SizeBytes,
        ETag = entry.ETag,
        ModifiedMs = entry.ModifiedMs,
        OwnerId = entry.OwnerId,
        ChecksumAlgorithm = entry.Checksum?.Algorithm,
        ChecksumType = entry.Checksum?.Type,
        ChecksumValue = entry.Checksum?.Value,
        UploadId = entry.UploadId,
        PartsCount = entry.PartsCount,
        Headers = entry.Headers,
        Recipe = entry.Recipe,
    };

    public static ObjectEntry ToEntry(PutObject command, long nowMs) => new()
    {
        SizeBytes = command.SizeBytes,
        ETag = command.ETag,
        ModifiedMs = nowMs,
        OwnerId = command.OwnerId,
        Checksum = command.Checksum,
        Headers = command.Headers,
        Recipe = command.Recipe,
    };

    public static ObjectEntry ToEntry(CompleteUpload command, long sizeBytes, long nowMs) => new()
    {
        SizeBytes = sizeBytes,
        ETag = command.ETag,
        ModifiedMs = nowMs,
        OwnerId = command.OwnerId,
        Checksum = command.Checksum,
        UploadId = command.UploadId,
        PartsCount = command.Parts.Length,
        Headers = command.Headers,
    };

    /// <summary>The garbage that a version leaves behind; <see langword="null"/> when it has no data.</summary>
    public static GarbageRow? ToGarbage(long bucketId, ObjectEntry entry, GarbageKey key)
    {
        if (entry.UploadId is not null)
        {
            return new GarbageRow(key, Recipe: null, bucketId, entry.UploadId);
        }

        return entry.Recipe is null ? null : new GarbageRow(key, entry.Recipe, BucketId: null, UploadId: null);
    }
}
