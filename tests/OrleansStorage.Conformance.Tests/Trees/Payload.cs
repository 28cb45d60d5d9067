using System.Buffers.Binary;

namespace OrleansStorage.Conformance.Trees;

/// <summary>Bytes that depend on a seed alone and do not compress (SplitMix64).</summary>
internal static class Payload
{
    public static byte[] Create(ulong seed, int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        Fill(seed, bytes);
        return bytes;
    }

    public static void Fill(ulong seed, Span<byte> destination)
    {
        var state = seed;
        while (destination.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next(ref state));
            destination = destination[sizeof(ulong)..];
        }

        var last = Next(ref state);
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = (byte)(last >> (8 * i));
        }
    }

    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
