using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>Digests nothing.</summary>
internal sealed class NullDigest : IContentDigest
{
    public static NullDigest Instance { get; } = new();

    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => default;
}
