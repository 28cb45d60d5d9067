using System.Buffers.Binary;
using System.Security.Cryptography;
using OrleansStorage.Hashing;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Digests;

/// <summary>One checksum over bytes as they come.</summary>
internal sealed class RunningChecksum : IDisposable
{
    private readonly IncrementalHash? _hash;
    private ulong _crc;

    /// <summary>A checksum of nothing yet.</summary>
    public RunningChecksum(ChecksumAlgorithm algorithm)
    {
        Algorithm = algorithm;
        _hash = algorithm switch
        {
#pragma warning disable CA5350 // SHA-1 is one of the checksums of S3; it protects nothing here.
            ChecksumAlgorithm.Sha1 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
#pragma warning restore CA5350
            ChecksumAlgorithm.Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            _ => null,
        };
    }

    /// <summary>How it is computed.</summary>
    public ChecksumAlgorithm Algorithm { get; }

    /// <summary>The next bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        switch (Algorithm)
        {
            case ChecksumAlgorithm.Crc32:
                _crc = Crc32.Append((uint)_crc, data);
                break;
            case ChecksumAlgorithm.Crc32C:
                _crc = Crc32C.Append((uint)_crc, data);
                break;
            case ChecksumAlgorithm.Crc64Nvme:
                _crc = Crc64Nvme.Append(_crc, data);
                break;
            default:
                _hash!.AppendData(data);
                break;
        }
    }

    /// <summary>Ends the checksum.</summary>
    /// <returns>Big-endian, as S3 encodes it to Base64.</returns>
    public byte[] Finish()
    {
        if (_hash is not null)
        {
            return _hash.GetHashAndReset();
        }

        var bytes = new byte[ChecksumAlgorithms.SizeBytes(Algorithm)];
        if (bytes.Length == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_crc);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _crc);
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();
}
