using System.Runtime.ExceptionServices;
using OrleansStorage.Devices;

namespace OrleansStorage.Pools.Striping;

/// <summary>One read of a range of one fragment, into memory of the caller's or into a buffer of its own.</summary>
/// <remarks>
/// <code>
///           device ends ──► ended ── Release ──► buffer returned
/// running ──┤
///           Release ──► left ── device ends ──► buffer returned
/// </code>
/// So a read into a buffer may be left behind at any time. One into the caller's memory has to be waited for.
/// </remarks>
internal sealed class FragmentRead
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int Left = 2;

    private readonly BlobCall _call;
    private readonly PageBuffer? _buffer;
    private readonly Memory<byte> _bytes;
    private readonly long _startedAt;
    private ReadOutcome _outcome;
    private Exception? _fault;
    private bool _isReleased;
    private int _state;

    private FragmentRead(BlobCall call, int slot, int offsetBytes, Memory<byte> bytes, PageBuffer? buffer)
    {
        _call = call;
        _buffer = buffer;
        _bytes = bytes;
        Slot = slot;
        OffsetBytes = offsetBytes;
        _startedAt = call.Access.Time.GetTimestamp();
        _ = RunAsync();
    }

    public int Slot { get; }

    public int OffsetBytes { get; }

    public int LengthBytes => _bytes.Length;

    /// <summary>Whether the device touches the memory no more.</summary>
    public bool HasEnded => Volatile.Read(ref _state) == Ended;

    public bool IsGood => HasEnded && _outcome == ReadOutcome.Good;

    /// <summary>Whether the bytes lie in a buffer, and are to be copied.</summary>
    public bool IsBuffered => _buffer is not null;

    /// <summary>How long until the read is late; zero when it is.</summary>
    public TimeSpan PatienceLeft => _call.Access.PatienceLeft(_startedAt);

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

    /// <summary>Throws what no device may throw: a cancellation, or a bug.</summary>
    public void ThrowFault()
    {
        if (HasEnded && _fault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    /// <summary>The bytes are not needed any more.</summary>
    public void Release()
    {
        if (_isReleased || _buffer is null)
        {
            return;
        }

        _isReleased = true;
        if (HasEnded)
        {
            _call.Access.Buffers.Return(_buffer);
            return;
        }

        _call.Access.Late.Begin(_call.Group.Devices[Slot]);
        if (Interlocked.CompareExchange(ref _state, Left, Running) == Ended)
        {
            ReturnLate(_buffer);
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
        catch (Exception e)
        {
            (_outcome, error, _fault) = (ReadOutcome.Unreachable, e, e);
        }

        _call.Report(Slot, _outcome, error);
        if (Interlocked.CompareExchange(ref _state, Ended, Running) == Left)
        {
            ReturnLate(_buffer!);
        }
        else
        {
            _call.Signal();
        }
    }

    private void ReturnLate(PageBuffer buffer)
    {
        _call.Access.Late.End(_call.Group.Devices[Slot]);
        _call.Access.Buffers.Return(buffer);
    }
}
