namespace OrleansStorage.S3.Store.InMemory;

/// <summary>Gathers a body, and shows it to its digest.</summary>
internal abstract class InMemoryBodyWriter(IContentDigest digest, long? lengthHint) : IBodyWriter
{
    private bool _isFinished;

    /// <inheritdoc/>
    public long LengthBytes => Body.LengthBytes;

    /// <summary>The bytes so far.</summary>
    protected InMemoryBody Body { get; } = new(lengthHint);

    /// <inheritdoc/>
    public Memory<byte> GetMemory() => Body.GetMemory();

    /// <inheritdoc/>
    public ValueTask AdvanceAsync(int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Body.Advance(count);
        return digest.AppendAsync(Body.LastAccepted, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        Body.Close();
        _isFinished = true;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A commit comes after the end of the body.</summary>
    protected void RequireFinished()
    {
        if (!_isFinished)
        {
            throw new InvalidOperationException("The body is not finished.");
        }
    }
}

/// <summary>Writes an object.</summary>
internal sealed class InMemoryObjectWriter(
    InMemoryObjectStore store, string bucket, string key, IContentDigest digest, long? lengthHint)
    : InMemoryBodyWriter(digest, lengthHint), IObjectWriter
{
    /// <inheritdoc/>
    public ValueTask<ObjectInfo> CommitAsync(ObjectCommit commit, CancellationToken cancellationToken)
    {
        RequireFinished();
        return ValueTask.FromResult(store.Commit(bucket, key, Body, commit));
    }
}

/// <summary>Writes a part.</summary>
internal sealed class InMemoryPartWriter(
    InMemoryObjectStore store,
    string bucket,
    string key,
    string uploadId,
    int number,
    IContentDigest digest,
    long? lengthHint)
    : InMemoryBodyWriter(digest, lengthHint), IPartWriter
{
    /// <inheritdoc/>
    public ValueTask<PartInfo> CommitAsync(PartCommit commit, CancellationToken cancellationToken)
    {
        RequireFinished();
        return ValueTask.FromResult(store.Commit(bucket, key, uploadId, number, Body, commit));
    }
}
