using OrleansStorage.Devices;

namespace OrleansStorage.Pools.Striping;

/// <summary>One read of a range of one fragment, into memory of the caller's or into a buffer of its own.</summary>
/// <remarks>
/// A read into a buffer may be left behind at any time: <see cref="Release"/> gives the buffer back when the device has ended. One into
/// the caller's memory has to be waited for.
/// </remarks>
internal sealed class FragmentRead
{
    private readonly BlobCall _call;
    private readonly PageBuffer? _buffer;
    private readonly Memory<byte> _bytes;
    private ReadOutcome _outcome;
    private bool _isReleased;

    private FragmentRead(BlobCall call, int slot, int offsetBytes, Memory<byte> bytes, PageBuffer? buffer)
    {
        _call = call;
        _buffer = buffer;
        _bytes = bytes;
        Slot = slot;
        OffsetBytes = offsetBytes;
        StartedAt = call.Access.Time.GetTimestamp();
        Completion = RunAsync();
    }

    public int Slot { get; }

    public int OffsetBytes { get; }

    public int LengthBytes => _bytes.Length;

    public long StartedAt { get; }

    /// <summary>Completes with the outcome; fails when it was cancelled, or by a bug.</summary>
    public Task Completion { get; }

    public ReadOutcome Outcome => Completion.IsCompletedSuccessfully ? _outcome : ReadOutcome.Pending;

    public bool IsGood => Outcome == ReadOutcome.Good;

    /// <summary>Whether the bytes lie in a buffer, and are to be copied.</summary>
    public bool IsBuffered => _buffer is not null;

    /// <summary>How long until the read is late; zero when it is.</summary>
    public TimeSpan PatienceLeft
    {
        get
        {
            var access = _call.Access;
            if (!access.IsHedged)
            {
                return TimeSpan.MaxValue;
            }

            var left = access.HedgeDelay - access.Time.GetElapsedTime(StartedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Begins to read into a buffer.</summary>
    public static FragmentRead IntoBuffer(BlobCall call, int slot, int offsetBytes, int lengthBytes)
    {
        var buffer = call.Access.Buffers.Rent(lengthBytes);
        return new FragmentRead(call, slot, offsetBytes, buffer.Take(lengthBytes), buffer);
    }

    /// <summary>Begins to read into memory of the caller's.</summary>
    public static FragmentRead Into(BlobCall call, int slot, int offsetBytes, Memory<byte> destination) =>
        new(call, slot, offsetBytes, destination, null);

    public bool Covers(int offsetBytes, int lengthBytes) =>
        offsetBytes >= OffsetBytes && offsetBytes + lengthBytes <= OffsetBytes + _bytes.Length;

    /// <summary>A range of the fragment that was read.</summary>
    public Memory<byte> Range(int offsetBytes, int lengthBytes) => _bytes.Slice(offsetBytes - OffsetBytes, lengthBytes);

    /// <summary>The bytes are not needed any more.</summary>
    public void Release()
    {
        if (_isReleased || _buffer is null)
        {
            return;
        }

        _isReleased = true;
        if (Completion.IsCompleted)
        {
            _call.Access.Buffers.Return(_buffer);
        }
        else
        {
            _ = ReturnLaterAsync(_buffer);
        }
    }

    private async Task RunAsync()
    {
        Exception? error = null;
        try
        {
            var device = _call.Access.DeviceOf(_call.Group, Slot);
            await device.ReadFragmentAsync(
                FragmentAccess.IdOf(_call.Blob, Slot), OffsetBytes, _bytes, _call.CancellationToken);
            _outcome = ReadOutcome.Good;
        }
        catch (FragmentNotFoundException e)
        {
            (_outcome, error) = (ReadOutcome.Missing, e);
        }
        catch (CorruptFragmentException e)
        {
            (_outcome, error) = (ReadOutcome.Corrupt, e);
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            (_outcome, error) = (ReadOutcome.Unreachable, e);
        }

        _call.Report(Slot, _outcome, error);
    }

    private async Task ReturnLaterAsync(PageBuffer buffer)
    {
        var device = _call.Group.Devices[Slot];
        var late = _call.Access.Late;
        late.Begin(device);
        await Task.WhenAny(Completion);

        // Seen, so that nobody calls it unobserved: who asked has left.
        _ = Completion.Exception;
        late.End(device);
        _call.Access.Buffers.Return(buffer);
    }
}
