using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>CRCs by folding: 128-bit lanes are carried forward over the data by carry-less multiplication.</summary>
/// <remarks>
/// Method: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Intel, 2009), in reflected
/// form. A lane L || H (L is the low word, which holds the higher powers) stands for L x^64 + H. Moving it D bits forward
/// is L x^(D+64) + H x^D; a reflected 64 by 64 bit product comes out times x, so the constants are x^(D+63) and x^(D-1).
/// All constants are computed from the polynomial.
/// </remarks>
internal static class CrcFolding<TPolynomial>
    where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>Shortest input of <see cref="Update128"/>, in bytes.</summary>
    public const int MinBytes = 16;

    private const int LaneBits = 128;

    private static readonly Vector128<ulong> By1Lane = ForwardBy(LaneBits);
    private static readonly Vector128<ulong> By2Lanes = ForwardBy(2 * LaneBits);
    private static readonly Vector128<ulong> By4Lanes = ForwardBy(4 * LaneBits);
    private static readonly Vector128<ulong> By8Lanes = ForwardBy(8 * LaneBits);
    private static readonly Vector128<ulong> By16Lanes = ForwardBy(16 * LaneBits);

    // Low: x^127, which moves the low word of a lane onto the high one. High: the quotient of x^128 by the polynomial.
    private static readonly Vector128<ulong> Reduction =
        Vector128.Create(CrcArithmetic<TPolynomial>.PowerOfX(127), Quotient());

    private static readonly Vector128<ulong> Modulus = Vector128.Create(TPolynomial.Reflected, 0);

    // A window of this at 16 - n or 16 + n shuffles a vector n bytes up or down; indexes over 127 give zero.
    private static ReadOnlySpan<byte> ShiftMasks =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ];

    /// <summary>Advances a raw state with 128-bit vectors.</summary>
    /// <param name="state">The raw (not complemented) state.</param>
    /// <param name="data">At least <see cref="MinBytes"/> bytes.</param>
    public static ulong Update128(ulong state, ReadOnlySpan<byte> data)
    {
        ref var source = ref MemoryMarshal.GetReference(data);
        var length = (nuint)data.Length;
        var first = Load128(ref source, 0) ^ Vector128.CreateScalar(state);
        if (length < 64)
        {
            return Finish(first, ref source, 16, length);
        }

        nuint offset = 64;
        var second = Load128(ref source, 16);
        var third = Load128(ref source, 32);
        var fourth = Load128(ref source, 48);
        for (; length - offset >= 64; offset += 64)
        {
            first = Fold(first, By4Lanes, Load128(ref source, offset));
            second = Fold(second, By4Lanes, Load128(ref source, offset + 16));
            third = Fold(third, By4Lanes, Load128(ref source, offset + 32));
            fourth = Fold(fourth, By4Lanes, Load128(ref source, offset + 48));
        }

        second = Fold(first, By1Lane, second);
        third = Fold(second, By1Lane, third);
        fourth = Fold(third, By1Lane, fourth);
        return Finish(fourth, ref source, offset, length);
    }

    /// <summary>Advances a raw state with 256-bit vectors; needs <see cref="Pclmulqdq.V256"/>.</summary>
    /// <param name="state">The raw (not complemented) state.</param>
    /// <param name="data">At least <see cref="MinBytes"/> bytes.</param>
    public static ulong Update256(ulong state, ReadOnlySpan<byte> data)
    {
        if (data.Length < 128)
        {
            return Update128(state, data);
        }

        ref var source = ref MemoryMarshal.GetReference(data);
        var length = (nuint)data.Length;
        nuint offset = 128;
        var first = Load256(ref source, 0) ^ Vector256.CreateScalar(state);
        var second = Load256(ref source, 32);
        var third = Load256(ref source, 64);
        var fourth = Load256(ref source, 96);
        var by8 = Vector256.Create(By8Lanes, By8Lanes);
        for (; length - offset >= 128; offset += 128)
        {
            first = Fold(first, by8, Load256(ref source, offset));
            second = Fold(second, by8, Load256(ref source, offset + 32));
            third = Fold(third, by8, Load256(ref source, offset + 64));
            fourth = Fold(fourth, by8, Load256(ref source, offset + 96));
        }

        var by2 = Vector256.Create(By2Lanes, By2Lanes);
        second = Fold(first, by2, second);
        third = Fold(second, by2, third);
        fourth = Fold(third, by2, fourth);
        for (; length - offset >= 32; offset += 32)
        {
            fourth = Fold(fourth, by2, Load256(ref source, offset));
        }

        return Finish(Fold(fourth.GetLower(), By1Lane, fourth.GetUpper()), ref source, offset, length);
    }

    /// <summary>Advances a raw state with 512-bit vectors; needs <see cref="Pclmulqdq.V512"/>.</summary>
    /// <param name="state">The raw (not complemented) state.</param>
    /// <param name="data">At least <see cref="MinBytes"/> bytes.</param>
    public static ulong Update512(ulong state, ReadOnlySpan<byte> data)
    {
        if (data.Length < 256)
        {
            return Update256(state, data);
        }

        ref var source = ref MemoryMarshal.GetReference(data);
        var length = (nuint)data.Length;
        nuint offset = 256;
        var first = Load512(ref source, 0) ^ Vector512.CreateScalar(state);
        var second = Load512(ref source, 64);
        var third = Load512(ref source, 128);
        var fourth = Load512(ref source, 192);
        var by16 = Repeat512(By16Lanes);
        for (; length - offset >= 256; offset += 256)
        {
            first = Fold(first, by16, Load512(ref source, offset));
            second = Fold(second, by16, Load512(ref source, offset + 64));
            third = Fold(third, by16, Load512(ref source, offset + 128));
            fourth = Fold(fourth, by16, Load512(ref source, offset + 192));
        }

        var by4 = Repeat512(By4Lanes);
        second = Fold(first, by4, second);
        third = Fold(second, by4, third);
        fourth = Fold(third, by4, fourth);
        for (; length - offset >= 64; offset += 64)
        {
            fourth = Fold(fourth, by4, Load512(ref source, offset));
        }

        var half = Fold(fourth.GetLower(), Vector256.Create(By2Lanes, By2Lanes), fourth.GetUpper());
        return Finish(Fold(half.GetLower(), By1Lane, half.GetUpper()), ref source, offset, length);
    }

    private static ulong Finish(Vector128<ulong> lane, ref byte source, nuint offset, nuint length)
    {
        for (; length - offset >= 16; offset += 16)
        {
            lane = Fold(lane, By1Lane, Load128(ref source, offset));
        }

        var rest = length - offset;
        if (rest != 0)
        {
            // The lane and the last n bytes are 16 + n bytes. Their first n, moved to the end of a lane, are folded onto
            // the other 16: the lane's last 16 - n bytes and the n bytes of data.
            var head = Shuffle(lane, rest);
            var last = Load128(ref source, length - 16);
            var isData = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(ShiftMasks), rest).AsSByte();
            var tail = Vector128.ConditionalSelect(
                Vector128.GreaterThanOrEqual(isData, Vector128<sbyte>.Zero).AsUInt64(), last, Shuffle(lane, 16 + rest));
            lane = Fold(head, By1Lane, tail);
        }

        return Reduce(lane);
    }

    /// <summary>The lane times x^64, modulo the polynomial: Barrett's method without carries, hence exact.</summary>
    private static ulong Reduce(Vector128<ulong> lane)
    {
        var low = CarrylessMultiply.Lower(lane, Reduction);
        var upper = low.ToScalar() ^ lane.GetElement(1);
        var product = CarrylessMultiply.Upper(Vector128.Create(0, upper), Reduction);
        var quotient = upper ^ (product.ToScalar() << 1);
        var multiple = CarrylessMultiply.Lower(Vector128.CreateScalar(quotient), Modulus);
        return low.GetElement(1) ^ (multiple.GetElement(1) << 1) ^ (multiple.ToScalar() >> 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Shuffle(Vector128<ulong> lane, nuint window) =>
        Vector128.ShuffleNative(
            lane.AsByte(), Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(ShiftMasks), window)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> lane, Vector128<ulong> by, Vector128<ulong> data) =>
        CarrylessMultiply.Lower(lane, by) ^ CarrylessMultiply.Upper(lane, by) ^ data;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Fold(Vector256<ulong> lanes, Vector256<ulong> by, Vector256<ulong> data) =>
        Pclmulqdq.V256.CarrylessMultiply(lanes, by, 0x00) ^ Pclmulqdq.V256.CarrylessMultiply(lanes, by, 0x11) ^ data;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> lanes, Vector512<ulong> by, Vector512<ulong> data) =>
        Pclmulqdq.V512.CarrylessMultiply(lanes, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(lanes, by, 0x11) ^ data;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load128(ref byte source, nuint offset) =>
        Vector128.LoadUnsafe(ref source, offset).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Load256(ref byte source, nuint offset) =>
        Vector256.LoadUnsafe(ref source, offset).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load512(ref byte source, nuint offset) =>
        Vector512.LoadUnsafe(ref source, offset).AsUInt64();

    private static Vector512<ulong> Repeat512(Vector128<ulong> lane)
    {
        var half = Vector256.Create(lane, lane);
        return Vector512.Create(half, half);
    }

    private static Vector128<ulong> ForwardBy(int bits) => Vector128.Create(
        CrcArithmetic<TPolynomial>.PowerOfX(bits + 63), CrcArithmetic<TPolynomial>.PowerOfX(bits - 1));

    /// <summary>x^128 divided by the polynomial of degree 64, without the leading term x^64 of the quotient.</summary>
    private static ulong Quotient()
    {
        // Long division. After the leading term is taken, the remainder is the polynomial's own lower part, times x^64.
        var remainder = TPolynomial.Reflected;
        var quotient = 0UL;
        for (var power = 63; power >= 0; power--)
        {
            var isSet = (remainder & 1) != 0;
            remainder >>= 1;
            if (isSet)
            {
                quotient |= 1UL << (63 - power);
                remainder ^= TPolynomial.Reflected;
            }
        }

        return quotient;
    }
}
