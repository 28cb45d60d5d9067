using System.Globalization;

namespace OrleansStorage.Abstractions.Objects;

/// <summary>Which grain owns which object key of a bucket.</summary>
public static class ObjectIndexPartition
{
    /// <summary>Partitions of a bucket. Changing it moves keys between owners, which their epochs make safe.</summary>
    public const int Count = 16;

    /// <summary>The partition of a key: FNV-1a over its UTF-16 code units.</summary>
    public static int Of(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var hash = 2166136261u;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)((hash ^ (hash >> 15)) % Count);
    }

    /// <summary>The grain key of a partition.</summary>
    public static string GrainKey(long bucketId, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{bucketId:x16}/{partition:x2}");

    /// <summary>The bucket id in a grain key.</summary>
    /// <exception cref="FormatException">It was not made by <see cref="GrainKey"/>.</exception>
    public static long BucketIdOf(string grainKey)
    {
        ArgumentNullException.ThrowIfNull(grainKey);
        return grainKey.Length == 19 && grainKey[16] == '/'
            ? long.Parse(grainKey.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : throw new FormatException($"'{grainKey}' is no partition of an object index.");
    }
}
