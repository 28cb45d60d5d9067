using System.Security.Cryptography;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Digests;

/// <summary>The MD5 of a body, and what else was asked for: its SHA-256, a checksum.</summary>
/// <remarks>A body that comes in one piece of the announced length is hashed in one call, without running state.</remarks>
public sealed class ContentDigest : IContentDigest, IDisposable
{
    private const int Md5SizeBytes = 16;

    private readonly IMd5Engine _engine;
    private readonly bool _wantsSha256;
    private readonly long? _lengthBytes;
    private readonly RunningChecksum? _checksum;
    private readonly byte[] _md5 = new byte[Md5SizeBytes];
    private byte[]? _sha256;
    private IMd5Stream? _md5Stream;
    private IncrementalHash? _sha256Stream;
    private bool _isWhole;
    private bool _isFinished;

    /// <summary>A digest of nothing yet.</summary>
    /// <param name="engine">Makes the MD5.</param>
    /// <param name="lengthBytes">The announced length of the body, or <see langword="null"/> when unknown.</param>
    /// <param name="wantsSha256">Compute <see cref="Sha256"/>.</param>
    /// <param name="checksum">Compute <see cref="Checksum"/>.</param>
    public ContentDigest(IMd5Engine engine, long? lengthBytes, bool wantsSha256, ChecksumAlgorithm? checksum)
    {
        _engine = engine;
        _lengthBytes = lengthBytes;
        _wantsSha256 = wantsSha256;
        _checksum = checksum is { } algorithm ? new RunningChecksum(algorithm) : null;
    }

    /// <summary>MD5, 16 bytes; after <see cref="Finish"/>.</summary>
    public ReadOnlySpan<byte> Md5 => _isFinished ? _md5 : throw NotFinished();

    /// <summary>SHA-256, 32 bytes; empty when it was not asked for; after <see cref="Finish"/>.</summary>
    public ReadOnlySpan<byte> Sha256 => _isFinished ? _sha256 : throw NotFinished();

    /// <summary>The checksum over the whole body, if asked for; after <see cref="Finish"/>.</summary>
    public ObjectChecksum? Checksum { get; private set; }

    /// <inheritdoc/>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (data.IsEmpty)
        {
            return ValueTask.CompletedTask;
        }

        if (_isWhole)
        {
            throw new InvalidOperationException("The body is longer than it was announced to be.");
        }

        _checksum?.Append(data.Span);
        if (_md5Stream is null && data.Length == _lengthBytes)
        {
            AppendWhole(data.Span);
            return ValueTask.CompletedTask;
        }

        if (_wantsSha256)
        {
            _sha256Stream ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            _sha256Stream.AppendData(data.Span);
        }

        _md5Stream ??= _engine.CreateStream();
        return _md5Stream.AppendAsync(data, cancellationToken);
    }

    /// <summary>No more bytes come; the results can be read.</summary>
    public void Finish()
    {
        if (_isFinished)
        {
            return;
        }

        if (!_isWhole && _md5Stream is null)
        {
            AppendWhole([]);
        }
        else if (!_isWhole)
        {
            _md5Stream!.Finish(_md5);
            _sha256 = _sha256Stream?.GetHashAndReset();
        }

        if (_checksum is not null)
        {
            Checksum = new ObjectChecksum(
                _checksum.Algorithm, ChecksumType.FullObject, Convert.ToBase64String(_checksum.Finish()));
        }

        _isFinished = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _md5Stream?.Dispose();
        _sha256Stream?.Dispose();
        _checksum?.Dispose();
    }

    private void AppendWhole(ReadOnlySpan<byte> data)
    {
#pragma warning disable CA5351 // MD5 is what an ETag is.
        MD5.HashData(data, _md5);
#pragma warning restore CA5351
        _sha256 = _wantsSha256 ? SHA256.HashData(data) : null;
        _isWhole = true;
    }

    private static InvalidOperationException NotFinished() => new("The digest is not finished.");
}
