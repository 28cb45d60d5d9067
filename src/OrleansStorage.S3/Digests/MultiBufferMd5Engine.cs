using OrleansStorage.Hashing;

namespace OrleansStorage.S3.Digests;

/// <summary>MD5 of many bodies at once, in the lanes of one vector unit. Disposes the engine it is given.</summary>
public sealed class MultiBufferMd5Engine(Md5Engine engine) : IMd5Engine, IDisposable
{
    /// <summary>An engine with the usual settings.</summary>
    public MultiBufferMd5Engine()
        : this(new Md5Engine())
    {
    }

    /// <inheritdoc/>
    public IMd5Stream CreateStream() => new Stream(engine.CreateStream());

    /// <inheritdoc/>
    public void Dispose() => engine.Dispose();

    private sealed class Stream(Md5Stream stream) : IMd5Stream
    {
        public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            stream.AppendAsync(data, cancellationToken);

        public void Finish(Span<byte> destination) => stream.Finish(destination);

        public void Dispose() => stream.Dispose();
    }
}
