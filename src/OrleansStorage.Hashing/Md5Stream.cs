using System.Buffers.Binary;
using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Hashing;

/// <summary>One MD5 computation.</summary>
/// <remarks>
/// Calls do not overlap, except that <see cref="Dispose"/> may come at any time, from any thread.
/// <code>
/// Open ── append ──→ Busy ── done ──→ Open ── Finish ──→ Finished
/// Busy ── cancelled, engine disposed ──→ Abandoned: bytes are missing, so only Dispose is left
/// any ── Dispose ──→ Disposed
/// </code>
/// </remarks>
public sealed class Md5Stream : IDisposable
{
    private const int BlockBytes = Md5State.BlockBytes;
    private readonly Md5Queue _queue;
    private readonly Md5Job _job;
    private readonly int _queuedBytesMin;
    private readonly byte[] _rest = new byte[BlockBytes];
    private ulong _lengthBytes;
    private int _restBytes;
    private int _phase = (int)Phase.Open;

    internal Md5Stream(Md5Queue queue, int queuedBytesMin)
    {
        _queue = queue;
        _queuedBytesMin = queuedBytesMin;
        _job = new Md5Job(succeeded => Leave(succeeded ? Phase.Open : Phase.Abandoned));
    }

    private enum Phase
    {
        Open,
        Busy,
        Finished,
        Abandoned,
        Disposed,
    }

    /// <summary>Appends data, in lock step with other streams when there are any.</summary>
    /// <param name="data">
    /// Stays unchanged until the call completes. Of a little data, or when no other stream is active, it is computed
    /// before the call returns.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the call early. When it was not cancelled before the call, bytes are missing after that, and the stream can
    /// only be disposed.
    /// </param>
    /// <returns>Completes when the data is computed; awaited once. Its continuation runs on the thread pool.</returns>
    /// <exception cref="InvalidOperationException">The stream is in a call, finished or abandoned.</exception>
    /// <exception cref="ObjectDisposedException">The stream or the engine is disposed, before or during the call.</exception>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        Enter();
        _lengthBytes += (ulong)data.Length;
        data = data[FillRest(data.Span)..];
        var blocks = data[..(data.Length & ~(BlockBytes - 1))];
        if (_restBytes == 0)
        {
            KeepRest(data.Span[blocks.Length..]);
        }

        if (blocks.Length < _queuedBytesMin)
        {
            Md5Core.Compress(ref _job.State, blocks.Span);
            Leave(Phase.Open);
            return ValueTask.CompletedTask;
        }

        try
        {
            return AppendBlocksAsync(blocks, cancellationToken);
        }
        catch
        {
            Leave(Phase.Abandoned);
            throw;
        }
    }

    /// <summary>Appends data; the caller computes it, whatever other streams do.</summary>
    /// <param name="data">Any length.</param>
    /// <exception cref="InvalidOperationException">The stream is in a call, finished or abandoned.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public void Append(ReadOnlySpan<byte> data)
    {
        Enter();
        _lengthBytes += (ulong)data.Length;
        data = data[FillRest(data)..];
        if (_restBytes == 0)
        {
            Md5Core.Compress(ref _job.State, data);
            KeepRest(data[(data.Length & ~(BlockBytes - 1))..]);
        }

        Leave(Phase.Open);
    }

    /// <summary>Ends the computation.</summary>
    /// <param name="destination">Takes the digest in its first 16 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is too short.</exception>
    /// <exception cref="InvalidOperationException">The stream is in a call, finished or abandoned.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public void Finish(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Md5State.DigestBytes, nameof(destination));
        Enter();
        Span<byte> padding = stackalloc byte[2 * BlockBytes];
        padding.Clear();
        _rest.AsSpan(0, _restBytes).CopyTo(padding);
        padding[_restBytes] = 0x80;
        padding = padding[..(_restBytes < BlockBytes - sizeof(ulong) ? BlockBytes : 2 * BlockBytes)];
        BinaryPrimitives.WriteUInt64LittleEndian(padding[^sizeof(ulong)..], _lengthBytes * 8);
        Md5Core.Compress(ref _job.State, padding);
        _job.State.WriteTo(destination);
        _queue.Forget(_job);
        Leave(Phase.Finished);
    }

    /// <summary>
    /// Abandons the computation. An append in flight throws <see cref="ObjectDisposedException"/>, unless it has just
    /// completed; its data is not read any more when this returns, after a segment (about 0.1 ms) at most.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _phase, (int)Phase.Disposed) != (int)Phase.Disposed)
        {
            _queue.Abandon(_job);
        }
    }

    private ValueTask AppendBlocksAsync(ReadOnlyMemory<byte> blocks, CancellationToken cancellationToken)
    {
        if (_queue.TryBeginAlone(_job))
        {
            blocks = blocks[ComputeAlone(blocks.Span)..];
        }

        if (blocks.IsEmpty)
        {
            Leave(Phase.Open);
            return ValueTask.CompletedTask;
        }

        var completion = _job.Prepare(blocks, cancellationToken);
        _queue.Enqueue(_job);
        return completion;
    }

    /// <summary>Computes until all is done or another stream wants to share.</summary>
    /// <returns>Number of bytes computed, whole blocks.</returns>
    private int ComputeAlone(ReadOnlySpan<byte> blocks)
    {
        var done = 0;
        do
        {
            var segment = blocks.Slice(done, Math.Min(Md5Combiner.SegmentBlocksMax * BlockBytes / 2, blocks.Length - done));
            Md5Core.Compress(ref _job.State, segment);
            done += segment.Length;
        }
        while (!_job.IsAbandoned
            && (!_queue.IsCombining || blocks.Length - done < _queuedBytesMin)
            && done < blocks.Length);

        ObjectDisposedException.ThrowIf(!_queue.EndAlone(_job, done), this);
        return done;
    }

    /// <summary>Completes the block that earlier data began.</summary>
    /// <returns>Number of bytes taken.</returns>
    private int FillRest(ReadOnlySpan<byte> data)
    {
        if (_restBytes == 0)
        {
            return 0;
        }

        var count = Math.Min(data.Length, BlockBytes - _restBytes);
        data[..count].CopyTo(_rest.AsSpan(_restBytes));
        _restBytes += count;
        if (_restBytes == BlockBytes)
        {
            Md5Core.Compress(ref _job.State, _rest);
            _restBytes = 0;
        }

        return count;
    }

    private void KeepRest(ReadOnlySpan<byte> data)
    {
        data.CopyTo(_rest);
        _restBytes = data.Length;
    }

    private void Enter()
    {
        var before = (Phase)Interlocked.CompareExchange(ref _phase, (int)Phase.Busy, (int)Phase.Open);
        if (before != Phase.Open)
        {
            ThrowNotOpen(before);
        }
    }

    // A stream that was disposed during the call stays disposed.
    private void Leave(Phase next) => Interlocked.CompareExchange(ref _phase, (int)next, (int)Phase.Busy);

    private void ThrowNotOpen(Phase phase)
    {
        ObjectDisposedException.ThrowIf(phase == Phase.Disposed, this);
        throw new InvalidOperationException(phase switch
        {
            Phase.Busy => "The last append to this MD5 stream has not completed.",
            Phase.Finished => "This MD5 stream is finished.",
            _ => "An append to this MD5 stream was cancelled, so bytes are missing.",
        });
    }
}
