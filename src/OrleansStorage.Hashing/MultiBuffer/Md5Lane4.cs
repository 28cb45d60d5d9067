using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Four lanes: SSE2 and later, AVX-512VL, Arm64.</summary>
internal readonly unsafe struct Md5Lane4 : IMd5VectorLanes<Vector128<uint>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Add(Vector128<uint> left, Vector128<uint> right) => left + right;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Word(ref byte words, int index, ref uint sines, int step) =>
        Unsafe.Add(ref Unsafe.As<byte, Vector128<uint>>(ref words), index) + Vector128.Create(Unsafe.Add(ref sines, step));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> F(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, Vector128<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0xCA), shift) + b
            : Rotate(a + word + (d ^ (b & (c ^ d))), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> G(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, Vector128<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(d, b, c, 0xCA), shift) + b
            : Rotate(a + word + Vector128.AndNot(c, d) + (b & d), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> H(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, Vector128<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0x96), shift) + b
            : Rotate(a + word + (b ^ (c ^ d)), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> I(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, Vector128<uint> word, [ConstantExpected] byte shift) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(a + word + Avx512F.VL.TernaryLogic(b, c, d, 0x39), shift) + b
            : Rotate(a + word + (c ^ (b | ~d)), shift) + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Gather(byte** sources, int first, nuint offset) =>
        Vector128.Load(sources[first] + offset).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipLowWords(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported
            ? Sse2.UnpackLow(left, right)
            : AdvSimd.Arm64.ZipLow(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipHighWords(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported
            ? Sse2.UnpackHigh(left, right)
            : AdvSimd.Arm64.ZipHigh(left, right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipLowPairs(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported
            ? Sse2.UnpackLow(left.AsUInt64(), right.AsUInt64()).AsUInt32()
            : AdvSimd.Arm64.ZipLow(left.AsUInt64(), right.AsUInt64()).AsUInt32();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ZipHighPairs(Vector128<uint> left, Vector128<uint> right) =>
        Sse2.IsSupported
            ? Sse2.UnpackHigh(left.AsUInt64(), right.AsUInt64()).AsUInt32()
            : AdvSimd.Arm64.ZipHigh(left.AsUInt64(), right.AsUInt64()).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> value, byte shift) => (value << shift) | (value >>> (32 - shift));
}
