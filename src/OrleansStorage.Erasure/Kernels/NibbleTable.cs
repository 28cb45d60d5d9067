using OrleansStorage.Erasure.Galois;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>
/// The products of a constant with every low nibble, then with every high nibble. A byte is the sum of its nibbles, so its
/// product is the sum of two lookups among 16 (J. Plank, K. Greenan, E. Miller, "Screaming Fast Galois Field Arithmetic Using
/// Intel SIMD Instructions", FAST 2013).
/// </summary>
internal static class NibbleTable
{
    /// <summary>Size of one half, in bytes.</summary>
    public const int HalfBytes = 16;

    /// <summary>Size, in bytes.</summary>
    public const int Bytes = 2 * HalfBytes;

    /// <summary>Writes the table of a constant.</summary>
    public static void Write(byte constant, Span<byte> table)
    {
        for (var nibble = 0; nibble < HalfBytes; nibble++)
        {
            table[nibble] = GaloisField.Multiply(constant, (byte)nibble);
            table[HalfBytes + nibble] = GaloisField.Multiply(constant, (byte)(nibble << 4));
        }
    }
}
