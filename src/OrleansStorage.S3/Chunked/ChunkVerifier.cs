using System.Security.Cryptography;
using System.Text;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;

namespace OrleansStorage.S3.Chunked;

/// <summary>Verifies the chain of signatures in a signed aws-chunked body.</summary>
/// <remarks>
/// Spec: AWS Signature Version 4 for S3, "Transferring payload in multiple chunks", with and without trailing headers.
/// Each signature covers the one before it; the first covers the signature of the request.
/// </remarks>
internal sealed class ChunkVerifier : IDisposable
{
    private readonly SigningKey _key;
    private readonly char[] _time = new char[16];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string _previous;
    private string _claimed = "";

    /// <summary>Begins with a verified request.</summary>
    public ChunkVerifier(Authentication authentication)
    {
        _key = authentication.Key;
        _previous = authentication.Signature;
        SignatureVerifier.FormatTime(authentication.Time, _time);
    }

    /// <summary>A chunk begins.</summary>
    /// <param name="signature">What the client says its signature is.</param>
    public void Begin(ReadOnlySpan<byte> signature) => _claimed = Encoding.Latin1.GetString(signature);

    /// <summary>The next bytes of the chunk's data.</summary>
    public void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    /// <summary>The chunk is complete.</summary>
    /// <exception cref="S3Exception">SignatureDoesNotMatch.</exception>
    public void End() => Check("AWS4-HMAC-SHA256-PAYLOAD\n"u8, coversNothingElse: true);

    /// <summary>The trailer is complete.</summary>
    /// <param name="canonicalTrailer">Each header as <c>name:value</c> and a line feed, without the signature.</param>
    /// <param name="signature">What the client says its signature is.</param>
    /// <exception cref="S3Exception">SignatureDoesNotMatch.</exception>
    public void CheckTrailer(ReadOnlySpan<byte> canonicalTrailer, string signature)
    {
        _claimed = signature;
        _hash.AppendData(canonicalTrailer);
        Check("AWS4-HMAC-SHA256-TRAILER\n"u8, coversNothingElse: false);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Check(ReadOnlySpan<byte> algorithm, bool coversNothingElse)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(hash);

        var toSign = new PooledBytes(stackalloc byte[512]);
        toSign.Append(algorithm);
        toSign.Append(_time);
        toSign.Append((byte)'\n');
        toSign.Append(_key.Scope);
        toSign.Append((byte)'\n');
        toSign.Append(_previous);
        toSign.Append((byte)'\n');
        if (coversNothingElse)
        {
            // The SHA-256 of nothing: chunks have no headers of their own.
            toSign.Append("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"u8);
        }

        toSign.AppendHex(hash);
        _key.Sign(toSign.Written, hash);
        toSign.Dispose();
        if (!SignatureVerifier.Matches(_claimed, hash))
        {
            throw new S3Exception(S3ErrorCode.SignatureDoesNotMatch) { ClosesConnection = true };
        }

        _previous = Convert.ToHexStringLower(hash);
    }
}
