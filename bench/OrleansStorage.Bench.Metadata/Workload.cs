using System.Globalization;
using System.Text;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Bench.Metadata;

/// <summary>The rows: one bucket, keys of 26 bytes, recipes of 200 bytes unless said otherwise.</summary>
internal static class Workload
{
    public const long BucketId = 1;
    public const int RecipeBytes = 200;

#pragma warning disable RS0030 // The same keys in every run.
    public static Random NewRandom(int seed) => new(seed);
#pragma warning restore RS0030

    // Scattered, so that rows are not inserted in key order.
    public static ObjectKey Key(long number) => new(
        BucketId,
        Encoding.UTF8.GetBytes("photos/" + (unchecked((ulong)number * 0x9E3779B97F4A7C15)).ToString("x19", CultureInfo.InvariantCulture)));

    public static ObjectKey OrderedKey(long number) =>
        new(BucketId, Encoding.UTF8.GetBytes("photos/" + number.ToString("x19", CultureInfo.InvariantCulture)));

    public static ObjectRow Row(ObjectKey key, int recipeBytes = RecipeBytes) => new()
    {
        Key = key,
        SizeBytes = 4096,
        ETag = "d41d8cd98f00b204e9800998ecf8427e",
        ModifiedMs = 1_763_800_000_000,
        OwnerId = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a",
        Recipe = new byte[recipeBytes],
    };

    public static MetadataTransaction Put(string owner, ObjectRow row) =>
        new MetadataTransaction().Fence(owner, 1).RequireRow(Schema.BucketIds, BucketId).Put(Schema.Objects, row);
}
