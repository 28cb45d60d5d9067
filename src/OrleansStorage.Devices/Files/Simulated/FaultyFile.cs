namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>An open file of a <see cref="FaultyFileLayer"/>. What was opened before a crash never answers after it.</summary>
internal sealed class FaultyFile(FaultyFileLayer layer, SimulatedMedium medium, SimulatedContent content) : ISegmentFile
{
    private bool _isClosed;

    public long LengthBytes => content.Length;

    public void Commit(FileCommit commit)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        layer.Submit(content, commit);
    }

    public ValueTask WriteAsync(long positionBytes, ReadOnlyMemory<byte> source) => RunAsync(() =>
    {
        medium.Allocate(content, positionBytes + source.Length);
        content.Write(positionBytes, source.Span);
        return true;
    });

    public ValueTask SyncAsync() => RunAsync(() =>
    {
        medium.Sync(content);
        return true;
    });

    public ValueTask<int> ReadAsync(long positionBytes, ReadBuffers buffers)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return layer.RunAsync(() =>
        {
            medium.ThrowIfReadFails();
            var count = content.Read(positionBytes, buffers.Head.Span);
            count += content.Read(positionBytes + buffers.Head.Length, buffers.Body.Span);
            return count + content.Read(positionBytes + buffers.Head.Length + buffers.Body.Length, buffers.Tail.Span);
        });
    }

    public ValueTask TruncateAsync(long lengthBytes) => RunAsync(() =>
    {
        content.SetLength(lengthBytes);
        content.Allocated = Math.Min(content.Allocated, lengthBytes);
        return true;
    });

    public void Dispose() => _isClosed = true;

    private async ValueTask RunAsync(Func<bool> action)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        await layer.RunAsync(action);
    }
}
