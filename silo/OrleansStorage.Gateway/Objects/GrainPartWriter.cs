using OrleansStorage.Abstractions.Objects;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>A part on its way in: its body goes to the pool, its commit to the owner of the upload's key.</summary>
internal sealed class GrainPartWriter(
    GrainObjectStore store, string bucket, string key, string uploadId, int partNumber, BlobBody body) : IPartWriter
{
    public long LengthBytes => body.LengthBytes;

    public Memory<byte> GetMemory() => body.GetMemory();

    public ValueTask AdvanceAsync(int count, CancellationToken cancellationToken) =>
        body.AdvanceAsync(count, cancellationToken);

    public ValueTask FinishAsync(CancellationToken cancellationToken) => body.FinishAsync(cancellationToken);

    public ValueTask<PartInfo> CommitAsync(PartCommit commit, CancellationToken cancellationToken)
    {
        var command = new PutPart
        {
            Key = key,
            UploadId = uploadId,
            Number = partNumber,
            SizeBytes = body.LengthBytes,
            ETag = commit.ETag,
            Checksum = GrainObjectStore.ToEntry(commit.Checksum),
            Recipe = body.ToRecipe(),
            Writer = store.Writer,
        };
        return BodyCommit.RunAsync(body, () => store.CommitPartAsync(bucket, command, commit, cancellationToken));
    }

    public ValueTask DisposeAsync() => body.DisposeAsync();
}
