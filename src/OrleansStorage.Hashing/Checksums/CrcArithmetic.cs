namespace OrleansStorage.Hashing.Checksums;

/// <summary>Arithmetic of reflected polynomials modulo a CRC polynomial: bit 63 - n of a word is the coefficient of x^n.</summary>
internal static class CrcArithmetic<TPolynomial>
    where TPolynomial : struct, ICrcPolynomial
{
    private const ulong One = 1UL << 63;

    // x^(8 * 2^k): a shift by 2^k bytes.
    private static readonly ulong[] ShiftByPowerOfTwoBytes = CreateShifts();

    /// <summary>x^<paramref name="exponent"/>, modulo the polynomial. Linear in the exponent: for tables and constants.</summary>
    public static ulong PowerOfX(int exponent)
    {
        var power = One;
        for (var i = 0; i < exponent; i++)
        {
            power = TimesX(power);
        }

        return power;
    }

    /// <summary>The product of two polynomials, modulo the polynomial.</summary>
    public static ulong Multiply(ulong left, ulong right)
    {
        var product = 0UL;
        for (; left != 0; left <<= 1)
        {
            product ^= right & (ulong)((long)left >> 63);
            right = TimesX(right);
        }

        return product;
    }

    /// <summary>
    /// The finalised CRC of A followed by B, from the CRCs of both. Appending n zero bytes multiplies by x^8n, and what
    /// the initial and the final complement add cancels out between A and B.
    /// </summary>
    /// <param name="crcA">Finalised CRC of A.</param>
    /// <param name="crcB">Finalised CRC of B alone.</param>
    /// <param name="lengthB">Length of B, in bytes, 0 or more.</param>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        for (var k = 0; lengthB != 0; k++, lengthB >>= 1)
        {
            if ((lengthB & 1) != 0)
            {
                crcA = Multiply(ShiftByPowerOfTwoBytes[k], crcA);
            }
        }

        return crcA ^ crcB;
    }

    private static ulong TimesX(ulong value) => (value >> 1) ^ (TPolynomial.Reflected & (0 - (value & 1)));

    private static ulong[] CreateShifts()
    {
        var shifts = new ulong[63];
        shifts[0] = PowerOfX(8);
        for (var k = 1; k < shifts.Length; k++)
        {
            shifts[k] = Multiply(shifts[k - 1], shifts[k - 1]);
        }

        return shifts;
    }
}
