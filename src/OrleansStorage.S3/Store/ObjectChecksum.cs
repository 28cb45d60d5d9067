namespace OrleansStorage.S3.Store;

/// <summary>The checksum algorithms of S3. Stored: values never change.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>CRC-32 (ISO 3309).</summary>
    Crc32 = 1,

    /// <summary>CRC-32C (Castagnoli).</summary>
    Crc32C = 2,

    /// <summary>CRC-64/NVME.</summary>
    Crc64Nvme = 3,

    /// <summary>SHA-1.</summary>
    Sha1 = 4,

    /// <summary>SHA-256.</summary>
    Sha256 = 5,
}

/// <summary>What a checksum of a multipart object covers. Stored: values never change.</summary>
public enum ChecksumType
{
    /// <summary>The bytes of the whole object.</summary>
    FullObject = 1,

    /// <summary>The checksums of the parts.</summary>
    Composite = 2,
}

/// <summary>A checksum stored with an object or a part.</summary>
/// <param name="Algorithm">How it is computed.</param>
/// <param name="Type">What it covers.</param>
/// <param name="Value">Base64; a composite one ends in "-" and the number of parts.</param>
public sealed record ObjectChecksum(ChecksumAlgorithm Algorithm, ChecksumType Type, string Value);
