using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Bodies;

/// <summary>What a request says of its body's content: MD5, SHA-256, and one checksum as header or trailer.</summary>
/// <remarks>Spec: Amazon S3 User Guide, "Checking object integrity in Amazon S3".</remarks>
internal sealed class BodyIntegrity
{
    private const int Md5SizeBytes = 16;

    private byte[]? _contentMd5;
    private byte[]? _sha256;
    private string? _value;
    private bool _isInTrailer;

    private BodyIntegrity()
    {
    }

    /// <summary>The checksum to compute; <see langword="null"/> for none.</summary>
    public ChecksumAlgorithm? Algorithm { get; private set; }

    /// <summary>The client sent an MD5 or a checksum.</summary>
    public bool IsDeclared => _contentMd5 is not null || _value is not null || _isInTrailer;

    /// <summary>The client named the checksum algorithm.</summary>
    public bool HasChecksum => _value is not null || _isInTrailer;

    /// <summary>Reads the headers.</summary>
    /// <param name="headers">Of the request.</param>
    /// <param name="payload">Says whether the SHA-256 is signed, and whether there is a trailer.</param>
    /// <param name="fallback">Compute this checksum when the client sends none.</param>
    /// <param name="isChecksumOfBody">Checksum headers are about this body, and not about an object.</param>
    /// <exception cref="S3Exception">InvalidDigest, InvalidRequest, BadDigest.</exception>
    public static BodyIntegrity Read(
        IHeaderDictionary headers, PayloadClaim payload, ChecksumAlgorithm? fallback = null, bool isChecksumOfBody = true)
    {
        var integrity = new BodyIntegrity
        {
            _contentMd5 = ReadContentMd5(headers),
            _sha256 = payload.Form == PayloadForm.Signed ? Convert.FromHexString(payload.Text) : null,
        };
        if (!isChecksumOfBody)
        {
            return integrity;
        }

        integrity.ReadChecksum(headers);
        if (payload.HasTrailer)
        {
            integrity.ReadTrailerName(headers);
        }

        integrity.CheckSdkAlgorithm(headers);
        integrity.Algorithm ??= fallback;
        return integrity;
    }

    /// <summary>A digest that computes what is to be compared and kept.</summary>
    public ContentDigest CreateDigest(IMd5Engine engine, long? lengthBytes) =>
        new(engine, lengthBytes, wantsSha256: _sha256 is not null, Algorithm);

    /// <summary>Compares what was said with what came.</summary>
    /// <param name="digest">Has seen the whole body; is finished here.</param>
    /// <param name="trailer">Headers that followed the body.</param>
    /// <exception cref="S3Exception">BadDigest, XAmzContentSHA256Mismatch, InvalidRequest, MalformedTrailerError.</exception>
    public void Verify(ContentDigest digest, IReadOnlyList<KeyValuePair<string, string>> trailer)
    {
        digest.Finish();
        if (_sha256 is not null && !CryptographicOperations.FixedTimeEquals(_sha256, digest.Sha256))
        {
            throw new S3Exception(S3ErrorCode.XAmzContentSha256Mismatch)
            {
                Details =
                [
                    new("ClientComputedContentSHA256", Convert.ToHexStringLower(_sha256)),
                    new("S3ComputedContentSHA256", Convert.ToHexStringLower(digest.Sha256)),
                ],
            };
        }

        if (_contentMd5 is not null && !digest.Md5.SequenceEqual(_contentMd5))
        {
            throw new S3Exception(S3ErrorCode.BadDigest)
            {
                Details =
                [
                    new("ExpectedDigest", Convert.ToBase64String(_contentMd5)),
                    new("CalculatedDigest", Convert.ToBase64String(digest.Md5)),
                ],
            };
        }

        var claimed = _isInTrailer ? FindInTrailer(trailer) : _value;
        if (claimed is not null && claimed != digest.Checksum!.Value)
        {
            throw BadChecksum(Algorithm!.Value);
        }
    }

    private static byte[]? ReadContentMd5(IHeaderDictionary headers)
    {
        var values = headers.ContentMD5;
        if (values.Count == 0)
        {
            return null;
        }

        var md5 = new byte[Md5SizeBytes];
        return Convert.TryFromBase64String(values.ToString(), md5, out var count) && count == Md5SizeBytes
            ? md5
            : throw new S3Exception(S3ErrorCode.InvalidDigest);
    }

    private void ReadChecksum(IHeaderDictionary headers)
    {
        foreach (var algorithm in ChecksumAlgorithms.All)
        {
            var values = headers[ChecksumAlgorithms.HeaderName(algorithm)];
            if (values.Count == 0)
            {
                continue;
            }

            SetOnly(algorithm);
            _value = values.ToString();
            if (!ChecksumAlgorithms.IsWellFormed(algorithm, _value))
            {
                // It cannot match anything: no need to read the body.
                throw BadChecksum(algorithm);
            }
        }
    }

    private void ReadTrailerName(IHeaderDictionary headers)
    {
        var names = headers["x-amz-trailer"].ToString().AsSpan();
        foreach (var range in names.Split(','))
        {
            var name = names[range].Trim();
            if (name.IsEmpty)
            {
                continue;
            }

            SetOnly(ChecksumAlgorithms.FindHeader(name) ?? throw new S3Exception(
                S3ErrorCode.InvalidRequest, "The value specified in the x-amz-trailer header is not supported"));
            _isInTrailer = true;
        }
    }

    private void SetOnly(ChecksumAlgorithm algorithm)
    {
        if (Algorithm is not null)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        }

        Algorithm = algorithm;
    }

    private void CheckSdkAlgorithm(IHeaderDictionary headers)
    {
        var named = headers["x-amz-sdk-checksum-algorithm"];
        if (named.Count == 0)
        {
            return;
        }

        var algorithm = ChecksumAlgorithms.Find(named.ToString());
        if (algorithm is null && named.ToString() != "MD5")
        {
            throw new S3Exception(S3ErrorCode.InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
        }

        if (Algorithm is null && _contentMd5 is null)
        {
            throw new S3Exception(
                S3ErrorCode.InvalidRequest,
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.");
        }

        if (Algorithm is not null && algorithm is not null && Algorithm != algorithm)
        {
            throw new S3Exception(S3ErrorCode.InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
        }
    }

    private string FindInTrailer(IReadOnlyList<KeyValuePair<string, string>> trailer)
    {
        var algorithm = Algorithm!.Value;
        foreach (var (name, value) in trailer)
        {
            if (name == ChecksumAlgorithms.HeaderName(algorithm))
            {
                return ChecksumAlgorithms.IsWellFormed(algorithm, value) ? value : throw BadChecksum(algorithm);
            }
        }

        throw new S3Exception(S3ErrorCode.MalformedTrailer);
    }

    private static S3Exception BadChecksum(ChecksumAlgorithm algorithm) => new(
        S3ErrorCode.BadDigest,
        $"The {ChecksumAlgorithms.Name(algorithm)} you specified did not match the calculated checksum.");
}
