namespace OrleansStorage.DataChannel.Wire;

/// <summary>Puts frames on a stream: what is short is gathered, what is long goes from the caller's memory.</summary>
internal sealed class FrameSender(Stream stream, Action<int> onSent)
{
    private const int BufferBytes = 256 << 10;

    // Up to here a copy costs less than a system call of its own, and the peer's wake-up for a lonely header.
    private const int GatheredBytesMax = 64 << 10;

    // A write that takes very long shows progress between pieces.
    private const int PieceBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _count;

    /// <summary>Whether bytes wait to be flushed.</summary>
    public bool HasGathered => _count > 0;

    /// <summary>Adds a header.</summary>
    public async ValueTask AppendAsync(FrameHeader header)
    {
        if (_count > BufferBytes - FrameHeader.SizeBytes)
        {
            await FlushAsync();
        }

        header.WriteTo(_buffer.AsSpan(_count));
        _count += FrameHeader.SizeBytes;
    }

    /// <summary>Adds bytes; they are no longer read when the call has completed.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > GatheredBytesMax)
        {
            await FlushAsync();
            await SendAsync(bytes);
            return;
        }

        if (bytes.Length > BufferBytes - _count)
        {
            await FlushAsync();
        }

        bytes.CopyTo(_buffer.AsMemory(_count));
        _count += bytes.Length;
    }

    /// <summary>Sends what was gathered.</summary>
    public async ValueTask FlushAsync()
    {
        if (_count > 0)
        {
            var count = _count;
            _count = 0;
            await SendAsync(_buffer.AsMemory(0, count));
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            await stream.WriteAsync(piece);
            onSent(piece.Length);
            bytes = bytes[piece.Length..];
        }
    }
}
