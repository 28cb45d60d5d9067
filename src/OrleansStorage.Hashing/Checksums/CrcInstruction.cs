using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>CRCs by the processor's CRC instruction.</summary>
/// <remarks>
/// The instruction takes one word a cycle but answers after three, so three stretches of the data go side by side.
/// Their states are joined by moving the first two forward: a carry-less product with x^(8n-1) and one more step.
/// </remarks>
internal static class CrcInstruction<TPolynomial, TInstruction>
    where TPolynomial : struct, ICrcPolynomial
    where TInstruction : struct, ICrcInstruction
{
    private const int LongStretchBytes = 1024;
    private const int ShortStretchBytes = 128;

    private static readonly Vector128<ulong> JoinLong = JoinBy(LongStretchBytes);
    private static readonly Vector128<ulong> JoinShort = JoinBy(ShortStretchBytes);

    /// <summary>Advances a raw (not complemented) state over <paramref name="data"/>.</summary>
    public static uint Update(uint state, ReadOnlySpan<byte> data)
    {
        ref var source = ref MemoryMarshal.GetReference(data);
        var length = (nuint)data.Length;
        nuint offset = 0;
        if (CarrylessMultiply.IsSupported)
        {
            for (; length - offset >= 3 * LongStretchBytes; offset += 3 * LongStretchBytes)
            {
                state = UpdateThree(state, ref Unsafe.Add(ref source, offset), LongStretchBytes, JoinLong);
            }

            for (; length - offset >= 3 * ShortStretchBytes; offset += 3 * ShortStretchBytes)
            {
                state = UpdateThree(state, ref Unsafe.Add(ref source, offset), ShortStretchBytes, JoinShort);
            }
        }

        for (; length - offset >= sizeof(ulong); offset += sizeof(ulong))
        {
            state = TInstruction.Step(state, Load(ref source, offset));
        }

        for (; offset < length; offset++)
        {
            state = TInstruction.Step(state, Unsafe.Add(ref source, offset));
        }

        return state;
    }

    private static uint UpdateThree(uint first, ref byte source, nuint stretchBytes, Vector128<ulong> join)
    {
        uint second = 0;
        uint third = 0;
        for (nuint offset = 0; offset < stretchBytes; offset += 2 * sizeof(ulong))
        {
            first = TInstruction.Step(first, Load(ref source, offset));
            second = TInstruction.Step(second, Load(ref source, stretchBytes + offset));
            third = TInstruction.Step(third, Load(ref source, (2 * stretchBytes) + offset));
            first = TInstruction.Step(first, Load(ref source, offset + sizeof(ulong)));
            second = TInstruction.Step(second, Load(ref source, stretchBytes + offset + sizeof(ulong)));
            third = TInstruction.Step(third, Load(ref source, (2 * stretchBytes) + offset + sizeof(ulong)));
        }

        var moved = CarrylessMultiply.Lower(Vector128.CreateScalar((ulong)first), join)
            ^ CarrylessMultiply.Upper(Vector128.Create(0UL, second), join);
        return third ^ TInstruction.Step(0, moved.ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(ref byte source, nuint offset) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, offset));

    // Low: two stretches forward, for the first; high: one stretch, for the second.
    private static Vector128<ulong> JoinBy(int stretchBytes) => Vector128.Create(
        CrcArithmetic<TPolynomial>.PowerOfX((16 * stretchBytes) - 1),
        CrcArithmetic<TPolynomial>.PowerOfX((8 * stretchBytes) - 1));
}
