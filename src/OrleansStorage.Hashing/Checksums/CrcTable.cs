using System.Buffers.Binary;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>Slicing by 8: the path without any special instruction, and the one for a few bytes.</summary>
internal static class CrcTable<TPolynomial>
    where TPolynomial : struct, ICrcPolynomial
{
    private const int Slices = 8;

    // Entry [256 * s + b] is the effect of byte b followed by s zero bytes.
    private static readonly ulong[] Table = CreateTable();

    /// <summary>Advances a raw (not complemented) CRC state over <paramref name="data"/>.</summary>
    public static ulong Update(ulong state, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> table = Table;
        for (; data.Length >= Slices; data = data[Slices..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ state;
            state = table[(7 * 256) + (byte)word]
                ^ table[(6 * 256) + (byte)(word >> 8)]
                ^ table[(5 * 256) + (byte)(word >> 16)]
                ^ table[(4 * 256) + (byte)(word >> 24)]
                ^ table[(3 * 256) + (byte)(word >> 32)]
                ^ table[(2 * 256) + (byte)(word >> 40)]
                ^ table[256 + (byte)(word >> 48)]
                ^ table[(byte)(word >> 56)];
        }

        foreach (var value in data)
        {
            state = (state >> 8) ^ table[(byte)(state ^ value)];
        }

        return state;
    }

    private static ulong[] CreateTable()
    {
        var table = new ulong[Slices * 256];
        for (var value = 0; value < 256; value++)
        {
            var entry = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
            {
                entry = (entry >> 1) ^ (TPolynomial.Reflected & (0 - (entry & 1)));
            }

            table[value] = entry;
        }

        for (var i = 256; i < table.Length; i++)
        {
            var previous = table[i - 256];
            table[i] = (previous >> 8) ^ table[(byte)previous];
        }

        return table;
    }
}
