using System.Buffers.Binary;
using System.Globalization;
using OrleansStorage.Hashing;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Digests;

/// <summary>The checksum of an object from those of its parts.</summary>
/// <remarks>Spec: Amazon S3 User Guide, "Checking object integrity", full object and composite checksums.</remarks>
internal static class ChecksumCombiner
{
    /// <summary>The checksum of the parts in order; <see langword="null"/> when one of them has no value of the algorithm.</summary>
    /// <param name="algorithm">Of all parts.</param>
    /// <param name="type">Full object is possible for CRCs only.</param>
    /// <param name="parts">One or more.</param>
    public static ObjectChecksum? Combine(
        ChecksumAlgorithm algorithm, ChecksumType type, IReadOnlyList<PartInfo> parts)
    {
        foreach (var part in parts)
        {
            if (part.Checksum?.Algorithm != algorithm)
            {
                return null;
            }
        }

        return type == ChecksumType.Composite ? Compose(algorithm, parts) : Join(algorithm, parts);
    }

    private static ObjectChecksum Compose(ChecksumAlgorithm algorithm, IReadOnlyList<PartInfo> parts)
    {
        using var checksum = new RunningChecksum(algorithm);
        foreach (var part in parts)
        {
            checksum.Append(Convert.FromBase64String(part.Checksum!.Value));
        }

        var value = Convert.ToBase64String(checksum.Finish());
        return new ObjectChecksum(
            algorithm, ChecksumType.Composite, string.Create(CultureInfo.InvariantCulture, $"{value}-{parts.Count}"));
    }

    private static ObjectChecksum Join(ChecksumAlgorithm algorithm, IReadOnlyList<PartInfo> parts)
    {
        var crc = 0UL;
        foreach (var part in parts)
        {
            var next = Convert.FromBase64String(part.Checksum!.Value);
            crc = algorithm switch
            {
                ChecksumAlgorithm.Crc32 =>
                    Crc32.Combine((uint)crc, BinaryPrimitives.ReadUInt32BigEndian(next), part.SizeBytes),
                ChecksumAlgorithm.Crc32C =>
                    Crc32C.Combine((uint)crc, BinaryPrimitives.ReadUInt32BigEndian(next), part.SizeBytes),
                ChecksumAlgorithm.Crc64Nvme =>
                    Crc64Nvme.Combine(crc, BinaryPrimitives.ReadUInt64BigEndian(next), part.SizeBytes),
                _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Hashes of parts do not combine."),
            };
        }

        var bytes = new byte[ChecksumAlgorithms.SizeBytes(algorithm)];
        if (bytes.Length == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)crc);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, crc);
        }

        return new ObjectChecksum(algorithm, ChecksumType.FullObject, Convert.ToBase64String(bytes));
    }
}
