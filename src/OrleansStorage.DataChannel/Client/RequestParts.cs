using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Client;

/// <summary>What makes up a request.</summary>
internal readonly struct RequestParts()
{
    public required Operation Operation { get; init; }

    public Guid Device { get; init; }

    public uint Group { get; init; }

    public ulong Epoch { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Payload { get; init; } = [];

    public Memory<byte> Destination { get; init; }

    /// <summary>Whether a request changes something, so that it is not to be forgotten once it was sent.</summary>
    public static bool IsChange(Operation operation) => operation
        is Operation.WriteFragments or Operation.DeleteFragments
        or Operation.WriteBlocks or Operation.FenceExtent or Operation.DeleteExtent or Operation.RaiseEpoch;

    public PendingRequest ToRequest(DataChannelClientOptions options)
    {
        var now = options.Time.GetTimestamp();
        var length = 0;
        var crc = 0u;
        foreach (var piece in Payload)
        {
            length += piece.Length;
            crc = Crc32C.Append(crc, piece.Span);
        }

        var header = new FrameHeader
        {
            Operation = Operation,
            Device = Device,
            Group = Group,
            Epoch = Epoch,
            BodyBytes = Body.Length,
            BodyCrc = Crc32C.Append(0, Body.Span),
            PayloadBytes = length,
            PayloadCrc = crc,
        };
        return new PendingRequest(header, options.RunContinuationsInline)
        {
            Body = Body,
            Payload = Payload,
            Destination = Destination,
            Began = now,
            Deadline = now + (long)(options.RequestTimeout.TotalSeconds * options.Time.TimestampFrequency),
        };
    }
}
