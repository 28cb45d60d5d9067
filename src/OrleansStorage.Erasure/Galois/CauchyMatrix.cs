namespace OrleansStorage.Erasure.Galois;

/// <summary>The generator of the code: fragment i of n data fragments is itself, parity fragment p is row p below.</summary>
/// <remarks>
/// <para>
/// Fragments are numbered: data 0 to n - 1, parity n to n + m - 1. Element (p, j) = 1 / (p + j) for p = n … n + m - 1 and
/// j = 0 … n - 1, where + is addition in GF(2^8), that is, exclusive or of the numbers. It is stored on devices: it never
/// changes. (It is also what <c>gf_gen_cauchy1_matrix</c> of Intel's ISA-L makes.)
/// </para>
/// <para>
/// Why any n fragments suffice. The p are distinct, the j are distinct, and no p is a j, so this is a Cauchy matrix, and so
/// is every square part of it. The determinant of a square Cauchy matrix with rows x and columns y is the product over
/// a &lt; b of (x_a + x_b)(y_a + y_b), divided by the product over all a, b of (x_a + y_b): no factor is 0, so it is
/// invertible. Take n rows of the generator, the identity above this matrix. Developing their determinant along the rows of
/// the identity leaves the part with the chosen parity rows and the columns of the data fragments that were not chosen: a
/// square Cauchy matrix. So every choice of n rows is invertible.
/// </para>
/// <para>
/// Source: J. Blömer, M. Kalfane, R. Karp, M. Karpinski, M. Luby, D. Zuckerman, "An XOR-Based Erasure-Resilient Coding
/// Scheme", ICSI TR-95-048 (1995), section 4.
/// </para>
/// </remarks>
internal static class CauchyMatrix
{
    /// <summary>What parity fragment <paramref name="parity"/> takes of data fragment <paramref name="data"/>.</summary>
    /// <param name="parity">Number of the parity fragment, n to n + m - 1.</param>
    /// <param name="data">Number of the data fragment, 0 to n - 1.</param>
    public static byte Element(int parity, int data) => GaloisField.Inverse((byte)(parity ^ data));

    /// <summary>The inverse of the part with these rows and columns.</summary>
    /// <param name="parity">Numbers of parity fragments.</param>
    /// <param name="data">Numbers of data fragments, as many.</param>
    /// <returns>Rows of the inverse, one after the other: row a belongs to data[a], column b to parity[b].</returns>
    public static byte[] InvertPart(ReadOnlySpan<int> parity, ReadOnlySpan<int> data)
    {
        var size = parity.Length;
        var left = new byte[size * size];
        var right = new byte[size * size];
        for (var row = 0; row < size; row++)
        {
            right[(row * size) + row] = 1;
            for (var column = 0; column < size; column++)
            {
                left[(row * size) + column] = Element(parity[row], data[column]);
            }
        }

        // Without a search for pivots: pivot k is the quotient of the leading minors k and k - 1, which are Cauchy
        // determinants and so not 0.
        for (var pivot = 0; pivot < size; pivot++)
        {
            var factor = GaloisField.Inverse(left[(pivot * size) + pivot]);
            Scale(left.AsSpan(pivot * size, size), factor);
            Scale(right.AsSpan(pivot * size, size), factor);
            for (var row = 0; row < size; row++)
            {
                if (row != pivot)
                {
                    factor = left[(row * size) + pivot];
                    AddScaled(left.AsSpan(row * size, size), left.AsSpan(pivot * size, size), factor);
                    AddScaled(right.AsSpan(row * size, size), right.AsSpan(pivot * size, size), factor);
                }
            }
        }

        return right;
    }

    /// <summary>Adds a multiple of <paramref name="source"/> to <paramref name="target"/>.</summary>
    public static void AddScaled(Span<byte> target, ReadOnlySpan<byte> source, byte factor)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] ^= GaloisField.Multiply(factor, source[i]);
        }
    }

    private static void Scale(Span<byte> row, byte factor)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = GaloisField.Multiply(factor, row[i]);
        }
    }
}
