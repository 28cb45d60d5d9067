using OrleansStorage.Abstractions.Objects;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>An object on its way in: its body goes to the pool, its commit to the owner of the key.</summary>
internal sealed class GrainObjectWriter(GrainObjectStore store, string bucket, string key, BlobBody body) : IObjectWriter
{
    public long LengthBytes => body.LengthBytes;

    public Memory<byte> GetMemory() => body.GetMemory();

    public ValueTask AdvanceAsync(int count, CancellationToken cancellationToken) =>
        body.AdvanceAsync(count, cancellationToken);

    public ValueTask FinishAsync(CancellationToken cancellationToken) => body.FinishAsync(cancellationToken);

    public ValueTask<ObjectInfo> CommitAsync(ObjectCommit commit, CancellationToken cancellationToken)
    {
        var command = new PutObject
        {
            Key = key,
            SizeBytes = body.LengthBytes,
            ETag = commit.ETag,
            OwnerId = commit.OwnerId,
            Checksum = GrainObjectStore.ToEntry(commit.Checksum),
            Headers = HeadersCodec.Encode(commit.Headers),
            Recipe = body.ToRecipe(),
            Writer = store.Writer,
            Guard = GrainObjectStore.ToGuard(commit.Condition),
        };
        return BodyCommit.RunAsync(body, () => store.CommitObjectAsync(bucket, command, cancellationToken));
    }

    public ValueTask DisposeAsync() => body.DisposeAsync();
}
