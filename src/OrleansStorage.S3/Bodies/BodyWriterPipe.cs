using System.Buffers;
using System.IO.Pipelines;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Bodies;

/// <summary>Lets a reader of the store write into a writer of the store: the data path of copies. Dispose returns the buffer.</summary>
internal sealed class BodyWriterPipe(IBodyWriter writer) : PipeWriter, IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _count;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _count;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _count);
        _count += bytes;
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer.Length - _count < Math.Max(sizeHint, 1))
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _count + sizeHint));
            _buffer.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsMemory(_count);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var pending = _buffer.AsMemory(0, _count);
        await WriteThroughAsync(pending, cancellationToken);
        _count = 0;
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken);
        await WriteThroughAsync(source, cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // Flushes end with the cancellation token they were given.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The writer is finished by who opened it.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (!source.IsEmpty)
        {
            var memory = writer.GetMemory();
            var count = Math.Min(memory.Length, source.Length);
            source[..count].CopyTo(memory);
            await writer.AdvanceAsync(count, cancellationToken);
            source = source[count..];
        }
    }
}
