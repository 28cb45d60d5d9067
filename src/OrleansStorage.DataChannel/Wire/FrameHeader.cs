using System.Buffers.Binary;
using OrleansStorage.Devices;
using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>The fixed head of a frame. A frame is header, body (ids, tables) and payload (bulk bytes).</summary>
/// <remarks>
/// Little-endian, 64 bytes:
/// <code>
///  0  operation (u8)      1  flags (u8): bit 0 answer     2  status (u16, answers)
///  4  body bytes (u32)    8  payload bytes (u32)         12  CRC-32C of the payload
/// 16  request id (u64)   24  device (16 bytes, RFC 4122 order)
/// 40  group (u32)        44  CRC-32C of the body
/// 48  epoch (u64): of the request; in an answer the one that the device has
/// 56  device state (u8, answers; 0 when there is no device)   57  reserved, zero
/// 60  CRC-32C of bytes 0 to 59
/// </code>
/// </remarks>
internal struct FrameHeader
{
    public const int SizeBytes = 64;

    /// <summary>A table of 4,096 blocks is the longest body.</summary>
    public const int BodyBytesMax = 128 << 10;

    public const int PayloadBytesMax = 16 << 20;

    private const int CrcAt = 60;
    private const byte AnswerFlag = 1;

    public Operation Operation;
    public bool IsAnswer;
    public AnswerStatus Status;
    public int BodyBytes;
    public int PayloadBytes;
    public uint PayloadCrc;
    public ulong RequestId;
    public Guid Device;
    public uint Group;
    public uint BodyCrc;
    public ulong Epoch;
    public DeviceState State;

    /// <summary>Decodes a header that may be anything.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/> bytes.</param>
    /// <exception cref="FrameException">It is damaged, or says what it may not.</exception>
    public static FrameHeader Parse(ReadOnlySpan<byte> source)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[CrcAt..]) != Crc32C.Append(0, source[..CrcAt]))
        {
            throw new FrameException("The checksum of a frame header does not match.");
        }

        Check(source);
        return new FrameHeader
        {
            Operation = (Operation)source[0],
            IsAnswer = source[1] == AnswerFlag,
            Status = (AnswerStatus)BinaryPrimitives.ReadUInt16LittleEndian(source[2..]),
            BodyBytes = BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            PayloadBytes = BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            PayloadCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            RequestId = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Device = new Guid(source.Slice(24, 16), bigEndian: true),
            Group = BinaryPrimitives.ReadUInt32LittleEndian(source[40..]),
            BodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[44..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            State = (DeviceState)source[56],
        };
    }

    /// <summary>Encodes this header.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/> bytes.</param>
    public readonly void WriteTo(Span<byte> destination)
    {
        destination = destination[..SizeBytes];
        destination.Clear();
        destination[0] = (byte)Operation;
        destination[1] = IsAnswer ? AnswerFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)Status);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], BodyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], PayloadCrc);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], RequestId);
        Device.TryWriteBytes(destination.Slice(24, 16), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[40..], Group);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[44..], BodyCrc);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[48..], Epoch);
        destination[56] = (byte)State;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CrcAt..], Crc32C.Append(0, destination[..CrcAt]));
    }

    private static void Check(ReadOnlySpan<byte> source)
    {
        if (source[0] is < (byte)Operation.Ping or > (byte)Operation.Goodbye)
        {
            throw new FrameException($"There is no operation {source[0]}.");
        }

        if (source[1] > AnswerFlag || source[57..CrcAt].ContainsAnyExcept((byte)0))
        {
            throw new FrameException("A reserved bit of a frame header is set.");
        }

        var body = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (body > BodyBytesMax)
        {
            throw new FrameException($"A body of {body} bytes is longer than {BodyBytesMax}.");
        }

        var payload = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (payload > PayloadBytesMax)
        {
            throw new FrameException($"A payload of {payload} bytes is longer than {PayloadBytesMax}.");
        }

        if (source[56] > (byte)DeviceState.Unreachable)
        {
            throw new FrameException($"There is no device state {source[56]}.");
        }
    }
}
