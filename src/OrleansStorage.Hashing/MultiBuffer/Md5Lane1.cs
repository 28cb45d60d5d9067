using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>One lane in general registers; its words are the block itself.</summary>
internal readonly struct Md5Lane1 : IMd5Lanes<uint>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(uint left, uint right) => left + right;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Word(ref byte words, int index, ref uint sines, int step)
    {
        var word = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref words, index * sizeof(uint)));
        return (BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word)) + Unsafe.Add(ref sines, step);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint F(uint a, uint b, uint c, uint d, uint word, [ConstantExpected] byte shift) =>
        BitOperations.RotateLeft(a + word + (d ^ (b & (c ^ d))), shift) + b;

    // The halves of G have no bit in common, so they may be added one by one: the one without b is ready earlier.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint G(uint a, uint b, uint c, uint d, uint word, [ConstantExpected] byte shift) =>
        BitOperations.RotateLeft(a + word + (c & ~d) + (b & d), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint H(uint a, uint b, uint c, uint d, uint word, [ConstantExpected] byte shift) =>
        BitOperations.RotateLeft(a + word + (b ^ (c ^ d)), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint I(uint a, uint b, uint c, uint d, uint word, [ConstantExpected] byte shift) =>
        BitOperations.RotateLeft(a + word + (c ^ (b | ~d)), shift) + b;
}
