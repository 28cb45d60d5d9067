using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Digests;

/// <summary>What S3 calls the checksum algorithms, and how long their values are.</summary>
internal static class ChecksumAlgorithms
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChecksumAlgorithm> All { get; } =
    [
        ChecksumAlgorithm.Crc32, ChecksumAlgorithm.Crc32C, ChecksumAlgorithm.Crc64Nvme, ChecksumAlgorithm.Sha1,
        ChecksumAlgorithm.Sha256,
    ];

    /// <summary>Length of a value, in bytes.</summary>
    public static int SizeBytes(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C => 4,
        ChecksumAlgorithm.Crc64Nvme => 8,
        ChecksumAlgorithm.Sha1 => 20,
        ChecksumAlgorithm.Sha256 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm."),
    };

    /// <summary>The name in <c>x-amz-checksum-algorithm</c>.</summary>
    public static string Name(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 => "CRC32",
        ChecksumAlgorithm.Crc32C => "CRC32C",
        ChecksumAlgorithm.Crc64Nvme => "CRC64NVME",
        ChecksumAlgorithm.Sha1 => "SHA1",
        ChecksumAlgorithm.Sha256 => "SHA256",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm."),
    };

    /// <summary>The header of a value.</summary>
    public static string HeaderName(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 => "x-amz-checksum-crc32",
        ChecksumAlgorithm.Crc32C => "x-amz-checksum-crc32c",
        ChecksumAlgorithm.Crc64Nvme => "x-amz-checksum-crc64nvme",
        ChecksumAlgorithm.Sha1 => "x-amz-checksum-sha1",
        ChecksumAlgorithm.Sha256 => "x-amz-checksum-sha256",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown algorithm."),
    };

    /// <summary>The XML element of a value.</summary>
    public static string ElementName(ChecksumAlgorithm algorithm) => "Checksum" + Name(algorithm);

    /// <summary>The name in <c>x-amz-checksum-type</c>.</summary>
    public static string Name(ChecksumType type) => type switch
    {
        ChecksumType.FullObject => "FULL_OBJECT",
        ChecksumType.Composite => "COMPOSITE",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown type."),
    };

    /// <summary>The algorithm of a name, in any case; <see langword="null"/> when there is none.</summary>
    public static ChecksumAlgorithm? Find(ReadOnlySpan<char> name)
    {
        foreach (var algorithm in All)
        {
            if (name.Equals(Name(algorithm), StringComparison.OrdinalIgnoreCase))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>The algorithm whose header has that name; <see langword="null"/> when there is none.</summary>
    public static ChecksumAlgorithm? FindHeader(ReadOnlySpan<char> headerName)
    {
        const string Prefix = "x-amz-checksum-";
        return headerName.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Find(headerName[Prefix.Length..]) : null;
    }

    /// <summary>The type of a name; <see langword="null"/> when there is none.</summary>
    public static ChecksumType? FindType(string name) => name switch
    {
        "FULL_OBJECT" => ChecksumType.FullObject,
        "COMPOSITE" => ChecksumType.Composite,
        _ => null,
    };

    /// <summary>CRCs of parts combine to the CRC of the whole; hashes do not.</summary>
    public static bool IsCrc(ChecksumAlgorithm algorithm) =>
        algorithm is ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C or ChecksumAlgorithm.Crc64Nvme;

    /// <summary>Whether a value has the form that its algorithm gives.</summary>
    public static bool IsWellFormed(ChecksumAlgorithm algorithm, string base64)
    {
        Span<byte> bytes = stackalloc byte[48];
        return Convert.TryFromBase64String(base64, bytes, out var count) && count == SizeBytes(algorithm);
    }
}
