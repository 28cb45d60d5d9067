using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Sixteen lanes: AVX-512F.</summary>
internal readonly unsafe struct Md5Lane16 : IMd5VectorLanes<Vector512<uint>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Add(Vector512<uint> left, Vector512<uint> right) => left + right;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Word(ref byte words, int index, ref uint sines, int step) =>
        Unsafe.Add(ref Unsafe.As<byte, Vector512<uint>>(ref words), index) + Vector512.Create(Unsafe.Add(ref sines, step));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> F(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.RotateLeft(a + word + Avx512F.TernaryLogic(b, c, d, 0xCA), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> G(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.RotateLeft(a + word + Avx512F.TernaryLogic(d, b, c, 0xCA), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> H(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.RotateLeft(a + word + Avx512F.TernaryLogic(b, c, d, 0x96), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> I(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.RotateLeft(a + word + Avx512F.TernaryLogic(b, c, d, 0x39), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Gather(byte** sources, int first, nuint offset) =>
        Vector512.Create(
            Vector256.Create(
                Vector128.Load(sources[first] + offset), Vector128.Load(sources[first + 4] + offset)),
            Vector256.Create(
                Vector128.Load(sources[first + 8] + offset), Vector128.Load(sources[first + 12] + offset))).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ZipLowWords(Vector512<uint> left, Vector512<uint> right) =>
        Avx512F.UnpackLow(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ZipHighWords(Vector512<uint> left, Vector512<uint> right) =>
        Avx512F.UnpackHigh(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ZipLowPairs(Vector512<uint> left, Vector512<uint> right) =>
        Avx512F.UnpackLow(left.AsUInt64(), right.AsUInt64()).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ZipHighPairs(Vector512<uint> left, Vector512<uint> right) =>
        Avx512F.UnpackHigh(left.AsUInt64(), right.AsUInt64()).AsUInt32();
}
