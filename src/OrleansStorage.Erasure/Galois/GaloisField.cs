namespace OrleansStorage.Erasure.Galois;

/// <summary>Arithmetic in GF(2^8): polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1 (11Dh).</summary>
/// <remarks>
/// Addition is exclusive or. x (02h) generates the multiplicative group, so products are sums of logarithms. For matrices
/// and tables; fragments go through the kernels.
/// </remarks>
internal static class GaloisField
{
    private const int Polynomial = 0x11D;
    private const int GroupOrder = 255;

    private static readonly byte[] Powers = new byte[2 * GroupOrder];
    private static readonly byte[] Logarithms = new byte[256];

    static GaloisField()
    {
        var power = 1;
        for (var exponent = 0; exponent < GroupOrder; exponent++)
        {
            // Twice, so that the sum of two logarithms needs no reduction.
            Powers[exponent] = Powers[exponent + GroupOrder] = (byte)power;
            Logarithms[power] = (byte)exponent;
            power <<= 1;
            power ^= power > byte.MaxValue ? Polynomial : 0;
        }
    }

    /// <summary>The product.</summary>
    public static byte Multiply(byte left, byte right) =>
        left == 0 || right == 0 ? (byte)0 : Powers[Logarithms[left] + Logarithms[right]];

    /// <summary>The multiplicative inverse.</summary>
    /// <exception cref="DivideByZeroException"><paramref name="value"/> is 0.</exception>
    public static byte Inverse(byte value) =>
        value != 0 ? Powers[GroupOrder - Logarithms[value]] : throw new DivideByZeroException("0 has no inverse in GF(2^8).");

    /// <summary>
    /// Multiplication by a constant as a linear map over GF(2), in the form of GF2P8AFFINEQB (Intel SDM): byte 7 - i of
    /// the matrix selects the bits of the operand that add up to bit i of the product.
    /// </summary>
    /// <remarks>GF2P8MULB is of no use here: its field is that of AES, modulo 11Bh.</remarks>
    public static ulong BitMatrix(byte constant)
    {
        var matrix = 0UL;
        for (var column = 0; column < 8; column++)
        {
            var image = Multiply(constant, (byte)(1 << column));
            for (var row = 0; row < 8; row++)
            {
                matrix |= (ulong)((image >> row) & 1) << ((8 * (7 - row)) + column);
            }
        }

        return matrix;
    }
}
