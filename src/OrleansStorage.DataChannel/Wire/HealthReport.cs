using System.Text;
using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>The health of a device, as the payload of an answer carries it.</summary>
internal static class HealthReport
{
    private const int NotesMax = 32;

    public static byte[] Write(DeviceHealth health)
    {
        var texts = health.Notes.TakeLast(NotesMax).Prepend(health.Failure ?? string.Empty).Select(Encode).ToList();
        var bytes = new byte[1 + 1 + (3 * 8) + texts.Sum(text => 4 + text.Length)];
        var writer = new BodyWriter(bytes);
        writer.U8((byte)health.State);
        writer.U8(health.Failure is null ? (byte)0 : (byte)1);
        writer.I64(health.LostRegions);
        writer.I64(health.CorruptReads);
        writer.I64(health.TornBytes);
        foreach (var text in texts)
        {
            writer.I32(text.Length);
            writer.Bytes(text);
        }

        return bytes;
    }

    public static DeviceHealth Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new BodyReader(bytes);
        var state = (DeviceState)reader.U8();
        var hasFailure = reader.U8() != 0;
        var (lost, corrupt, torn) = (reader.I64(), reader.I64(), reader.I64());
        var failure = Encoding.UTF8.GetString(reader.Take(reader.I32()));
        List<string> notes = [];
        while (reader.Left > 0)
        {
            notes.Add(Encoding.UTF8.GetString(reader.Take(reader.I32())));
        }

        return new DeviceHealth(state, hasFailure ? failure : null, lost, corrupt, torn, notes);
    }

    private static byte[] Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= BodySizes.Message ? bytes : bytes[..BodySizes.Message];
    }
}
