using System.Security.Cryptography;

namespace OrleansStorage.S3.Digests;

/// <summary>The platform's MD5, one stream at a time on the caller's thread.</summary>
public sealed class PlatformMd5Engine : IMd5Engine
{
    /// <inheritdoc/>
    public IMd5Stream CreateStream() => new Stream();

    private sealed class Stream : IMd5Stream
    {
#pragma warning disable CA5351 // MD5 is what an ETag is.
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351

        public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            _hash.AppendData(data.Span);
            return ValueTask.CompletedTask;
        }

        public void Finish(Span<byte> destination) => _hash.GetHashAndReset(destination);

        public void Dispose() => _hash.Dispose();
    }
}
