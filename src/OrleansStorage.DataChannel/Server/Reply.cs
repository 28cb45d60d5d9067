using System.Buffers;
using System.Text;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Server;

/// <summary>What is sent back. Its payload may be rented.</summary>
internal sealed class Reply(AnswerStatus status, byte[] body)
{
    private byte[]? _rented;

    public AnswerStatus Status { get; } = status;

    /// <summary>Behind the usage of the device.</summary>
    public byte[] Body { get; } = body;

    public ReadOnlyMemory<byte> Payload { get; private set; }

    public ulong Epoch { get; init; }

    public static Reply Done(byte[]? body = null) => new(AnswerStatus.Done, body ?? []);

    public static Reply List(byte[] list) => new(AnswerStatus.Done, []) { Payload = list };

    /// <summary>The bytes that were read; the reply returns the array to the pool.</summary>
    public static Reply Read(byte[] rented, int length, byte[]? body = null) =>
        new(AnswerStatus.Done, body ?? []) { _rented = rented, Payload = rented.AsMemory(0, length) };

    public static Reply Error(Exception e) => e switch
    {
        FragmentNotFoundException missing => Error(AnswerStatus.FragmentNotFound, e, 0, missing.Id),
        FragmentExistsException exists => Error(AnswerStatus.FragmentExists, e, 0, exists.Id),
        CorruptFragmentException => Error(AnswerStatus.Corrupt, e),
        DeviceFullException => Error(AnswerStatus.Full, e),
        FencedException fenced => Error(AnswerStatus.Fenced, e, fenced.Fence),
        DeviceFailedException => Error(AnswerStatus.DeviceFailed, e),
        DeviceBusyException => Error(AnswerStatus.Busy, e),
        StaleEpochException stale => Error(AnswerStatus.StaleEpoch, e, stale.Current),
        ObjectDisposedException or DeviceUnreachableException => Error(AnswerStatus.NoSuchDevice, e),
        ArgumentException => Error(AnswerStatus.InvalidArgument, e),
        _ => Error(AnswerStatus.Failed, e),
    };

    /// <summary>The header and the whole body of the answer.</summary>
    public (FrameHeader Header, byte[] Body) ToFrame(in FrameHeader request, ServedDevice? device)
    {
        var body = device is null ? Body : WithUsage(device.Device.Usage);
        var header = request with
        {
            IsAnswer = true,
            Status = Status,
            BodyBytes = body.Length,
            BodyCrc = Crc32C.Append(0, body),
            PayloadBytes = Payload.Length,
            PayloadCrc = Crc32C.Append(0, Payload.Span),
            Epoch = Epoch,
            State = device?.Device.State ?? default,
        };
        return (header, body);
    }

    public void Return()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static Reply Error(AnswerStatus status, Exception e, ulong number = 0, FragmentId fragment = default)
    {
        var message = Encoding.UTF8.GetBytes(e.Message);
        var words = message.AsSpan(0, Math.Min(message.Length, BodySizes.Message));
        var body = new byte[BodySizes.ErrorHead + words.Length];
        var writer = new BodyWriter(body);
        writer.U64(number);
        writer.FragmentId(fragment);
        writer.Bytes(words);
        return new Reply(status, body);
    }

    private byte[] WithUsage(in DeviceUsage usage)
    {
        var body = new byte[BodySizes.Usage + Body.Length];
        var writer = new BodyWriter(body);
        writer.Usage(usage);
        writer.Bytes(Body);
        return body;
    }
}
