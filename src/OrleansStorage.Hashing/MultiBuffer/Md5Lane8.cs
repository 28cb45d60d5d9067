using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Eight lanes: AVX2 and AVX-512VL.</summary>
internal readonly unsafe struct Md5Lane8 : IMd5VectorLanes<Vector256<uint>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Add(Vector256<uint> left, Vector256<uint> right) => left + right;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Word(ref byte words, int index, ref uint sines, int step) =>
        Unsafe.Add(ref Unsafe.As<byte, Vector256<uint>>(ref words), index) + Vector256.Create(Unsafe.Add(ref sines, step));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> F(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0xCA), shift) + b
            : Rotate(a + word + (d ^ (b & (c ^ d))), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> G(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(d, b, c, 0xCA), shift) + b
            : Rotate(a + word + Vector256.AndNot(c, d) + (b & d), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> H(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0x96), shift) + b
            : Rotate(a + word + (b ^ (c ^ d)), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> I(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0x39), shift) + b
            : Rotate(a + word + (c ^ (b | ~d)), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Gather(byte** sources, int first, nuint offset) =>
        Vector256.Create(
            Vector128.Load(sources[first] + offset), Vector128.Load(sources[first + 4] + offset)).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ZipLowWords(Vector256<uint> left, Vector256<uint> right) =>
        Avx2.UnpackLow(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ZipHighWords(Vector256<uint> left, Vector256<uint> right) =>
        Avx2.UnpackHigh(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ZipLowPairs(Vector256<uint> left, Vector256<uint> right) =>
        Avx2.UnpackLow(left.AsUInt64(), right.AsUInt64()).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ZipHighPairs(Vector256<uint> left, Vector256<uint> right) =>
        Avx2.UnpackHigh(left.AsUInt64(), right.AsUInt64()).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, byte shift) => (value << shift) | (value >>> (32 - shift));
}
