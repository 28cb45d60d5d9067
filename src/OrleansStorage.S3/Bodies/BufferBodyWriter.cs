using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Bodies;

/// <summary>Keeps a small body in memory: the XML documents that some requests carry.</summary>
/// <remarks>A body of <c>lengthBytesMax</c> bytes or more ends in MaxMessageLengthExceeded.</remarks>
internal sealed class BufferBodyWriter(IContentDigest digest, int lengthBytesMax) : IBodyWriter
{
    private const int InitialBytes = 4096;

    private byte[] _buffer = new byte[InitialBytes];
    private int _count;

    /// <inheritdoc/>
    public long LengthBytes => _count;

    /// <summary>The bytes so far.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _count);

    /// <inheritdoc/>
    public Memory<byte> GetMemory()
    {
        if (_count >= lengthBytesMax)
        {
            throw new S3Exception(S3ErrorCode.MaxMessageLengthExceeded) { ClosesConnection = true };
        }

        if (_count == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, lengthBytesMax));
        }

        return _buffer.AsMemory(_count);
    }

    /// <inheritdoc/>
    public ValueTask AdvanceAsync(int count, CancellationToken cancellationToken)
    {
        var data = _buffer.AsMemory(_count, count);
        _count += count;
        return digest.AppendAsync(data, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
