namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>Flips a bit, cuts, or stops at a given byte of a direction.</summary>
internal sealed class FaultyStream(Stream inner) : Stream
{
    private readonly TaskCompletionSource _readGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;
    private long _read;

    /// <summary>Offset of the byte of what is written that loses a bit; negative for none.</summary>
    public long FlipWrittenAt { get; set; } = -1;

    /// <summary>Offset of the byte of what is read that loses a bit; negative for none.</summary>
    public long FlipReadAt { get; set; } = -1;

    /// <summary>What is written from here on is lost, and the connection with it; negative for never.</summary>
    public long CutWrittenAt { get; set; } = -1;

    /// <summary>What is read from here on is lost, and the connection with it; negative for never.</summary>
    public long CutReadAt { get; set; } = -1;

    /// <summary>What is read from here on waits for <see cref="Resume"/>; negative for never.</summary>
    public long StopReadAt { get; set; } = -1;

    public bool HasFlipped { get; private set; }

    public long Written => Interlocked.Read(ref _written);

    public long BytesRead => Interlocked.Read(ref _read);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Resume() => _readGate.TrySetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (StopReadAt >= 0 && _read >= StopReadAt)
        {
            await _readGate.Task.WaitAsync(cancellationToken);
        }

        if (CutReadAt >= 0)
        {
            if (_read >= CutReadAt)
            {
                await inner.DisposeAsync();
                throw new IOException("The connection was cut.");
            }

            buffer = buffer[..(int)Math.Min(buffer.Length, CutReadAt - _read)];
        }

        var count = await inner.ReadAsync(buffer, cancellationToken);
        if (FlipReadAt >= _read && FlipReadAt < _read + count)
        {
            buffer.Span[(int)(FlipReadAt - _read)] ^= 0x10;
            HasFlipped = true;
        }

        Interlocked.Add(ref _read, count);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (CutWrittenAt >= 0 && _written + buffer.Length > CutWrittenAt)
        {
            await inner.WriteAsync(buffer[..(int)Math.Max(0, CutWrittenAt - _written)], cancellationToken);
            await inner.DisposeAsync();
            throw new IOException("The connection was cut.");
        }

        if (FlipWrittenAt >= _written && FlipWrittenAt < _written + buffer.Length)
        {
            var copy = buffer.ToArray();
            copy[FlipWrittenAt - _written] ^= 0x10;
            buffer = copy;
            HasFlipped = true;
        }

        Interlocked.Add(ref _written, buffer.Length);
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Resume();
        inner.Dispose();
        base.Dispose(disposing);
    }
}
