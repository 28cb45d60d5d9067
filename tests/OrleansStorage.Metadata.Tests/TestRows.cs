using System.Text;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Tests;

/// <summary>Short ways to make rows.</summary>
internal static class TestRows
{
    public static CancellationToken None => CancellationToken.None;

    public static ObjectKey Key(long bucketId, string key) => new(bucketId, Encoding.UTF8.GetBytes(key));

    public static string TextOf(ObjectKey key) => Encoding.UTF8.GetString(key.Key);

    public static ObjectRow Object(long bucketId, string key, byte[]? recipe = null, long sizeBytes = 5) => new()
    {
        Key = Key(bucketId, key),
        SizeBytes = sizeBytes,
        ETag = "etag of " + key,
        ModifiedMs = 1_000,
        OwnerId = "owner",
        ChecksumAlgorithm = 3,
        ChecksumValue = "sum",
        Recipe = recipe,
    };

    public static BucketRow Bucket(string name, long bucketId = 1) => new(name, bucketId, "owner", 1_000, "default");

    public static OwnerRow Owner(string owner, long epoch) => new(owner, epoch, Holder: 7, IsSettled: true);
}
