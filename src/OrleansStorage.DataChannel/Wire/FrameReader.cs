using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>Reads frames off a stream, part by part. Nothing is allocated for what a peer claims.</summary>
/// <remarks>Long payloads go from the stream into the caller's memory; only what came with a header is copied.</remarks>
internal sealed class FrameReader(Stream stream, Action<int> onReceived)
{
    private const int BufferBytes = 16 << 10;
    private const int DirectBytesMin = 4 << 10;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>Whether a frame has begun and not ended.</summary>
    public bool IsInsideFrame { get; private set; }

    /// <summary>Reads the header of the next frame; <see langword="null"/> when the stream ended before it.</summary>
    /// <exception cref="FrameException">It is damaged.</exception>
    /// <exception cref="EndOfStreamException">It is cut.</exception>
    public async ValueTask<FrameHeader?> ReadHeaderAsync()
    {
        IsInsideFrame = _end > _start;
        while (_end - _start < FrameHeader.SizeBytes)
        {
            if (await FillAsync() == 0)
            {
                return _end == _start ? null : throw new EndOfStreamException("The connection ended inside a frame.");
            }

            IsInsideFrame = true;
        }

        var header = FrameHeader.Parse(_buffer.AsSpan(_start));
        _start += FrameHeader.SizeBytes;
        return header;
    }

    /// <summary>Reads the next part of a frame and verifies it.</summary>
    /// <param name="destination">As long as the part.</param>
    /// <param name="crc">What the header says.</param>
    /// <exception cref="FrameException">It is damaged.</exception>
    public async ValueTask ReadPartAsync(Memory<byte> destination, uint crc)
    {
        var done = 0;
        var seen = 0u;
        while (done < destination.Length)
        {
            var count = await ReadSomeAsync(destination[done..]);
            seen = Crc32C.Append(seen, destination.Span.Slice(done, count));
            done += count;
        }

        if (seen != crc)
        {
            throw new FrameException("The checksum of a frame does not match.");
        }
    }

    /// <summary>Passes over bytes that nobody waits for.</summary>
    public async ValueTask SkipAsync(int count)
    {
        while (count > 0)
        {
            if (_end == _start)
            {
                await FillSomeAsync();
            }

            var passed = Math.Min(count, _end - _start);
            _start += passed;
            count -= passed;
        }
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> destination)
    {
        if (_end == _start && destination.Length >= DirectBytesMin)
        {
            var direct = await stream.ReadAsync(destination);
            onReceived(direct);
            return direct > 0 ? direct : throw Cut();
        }

        if (_end == _start)
        {
            await FillSomeAsync();
        }

        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(destination.Span);
        _start += count;
        return count;
    }

    private async ValueTask FillSomeAsync()
    {
        if (await FillAsync() == 0)
        {
            throw Cut();
        }
    }

    private async ValueTask<int> FillAsync()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_end));
        _end += count;
        onReceived(count);
        return count;
    }

    private static EndOfStreamException Cut() => new("The connection ended inside a frame.");
}
