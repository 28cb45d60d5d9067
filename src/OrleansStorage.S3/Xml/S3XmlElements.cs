using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Xml;

/// <summary>Elements that several answers share.</summary>
internal static class S3XmlElements
{
    /// <summary>A user.</summary>
    public static void Owner(this S3XmlWriter document, ReadOnlySpan<byte> name, string id, string? displayName)
    {
        document.Start(name);
        document.Element("ID"u8, id);
        document.OptionalElement("DisplayName"u8, displayName);
        document.End(name);
    }

    /// <summary>A checksum and what it covers.</summary>
    public static void Checksum(this S3XmlWriter document, ObjectChecksum? checksum, bool withType)
    {
        if (checksum is null)
        {
            return;
        }

        ReadOnlySpan<byte> name = checksum.Algorithm switch
        {
            ChecksumAlgorithm.Crc32 => "ChecksumCRC32"u8,
            ChecksumAlgorithm.Crc32C => "ChecksumCRC32C"u8,
            ChecksumAlgorithm.Crc64Nvme => "ChecksumCRC64NVME"u8,
            ChecksumAlgorithm.Sha1 => "ChecksumSHA1"u8,
            ChecksumAlgorithm.Sha256 => "ChecksumSHA256"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(checksum), checksum.Algorithm, "Unknown algorithm."),
        };
        document.Element(name, checksum.Value);
        if (withType)
        {
            document.Element("ChecksumType"u8, ChecksumAlgorithms.Name(checksum.Type));
        }
    }
}
