using OrleansStorage.Erasure.Galois;

namespace OrleansStorage.Erasure.Plans;

/// <summary>The matrix that makes any fragments of n others.</summary>
internal static class DecodeMatrix
{
    /// <summary>Computes it.</summary>
    /// <param name="dataCount">n.</param>
    /// <param name="sources">Exactly n fragments.</param>
    /// <param name="wanted">Fragments to make, none of them a source.</param>
    /// <returns>
    /// One row for each wanted fragment, one after the other, with one coefficient for each source; both in ascending order
    /// of their numbers.
    /// </returns>
    /// <remarks>
    /// With e data fragments lost, e sources are parity. What these say of the lost ones is an e by e Cauchy matrix, so only
    /// that is inverted, not n by n.
    /// </remarks>
    public static byte[] Create(int dataCount, FragmentSet sources, FragmentSet wanted)
    {
        var columns = sources.ToArray();
        var lost = FragmentSet.Below(dataCount).Except(sources).ToArray();
        var parity = columns.AsSpan(dataCount - lost.Length);
        var lostRows = LostRows(columns, parity, lost);
        var numbers = wanted.ToArray();
        var rows = new byte[numbers.Length * dataCount];
        for (var i = 0; i < numbers.Length; i++)
        {
            var row = rows.AsSpan(i * dataCount, dataCount);
            if (numbers[i] < dataCount)
            {
                lostRows.AsSpan(Array.IndexOf(lost, numbers[i]) * dataCount, dataCount).CopyTo(row);
            }
            else
            {
                ParityRow(row, numbers[i], columns.AsSpan(0, dataCount - lost.Length), lost, lostRows);
            }
        }

        return rows;
    }

    /// <summary>Each lost data fragment by the sources: the inverse, applied to parity less what is known of it.</summary>
    private static byte[] LostRows(ReadOnlySpan<int> columns, ReadOnlySpan<int> parity, ReadOnlySpan<int> lost)
    {
        var inverse = CauchyMatrix.InvertPart(parity, lost);
        var known = columns.Length - lost.Length;
        var rows = new byte[lost.Length * columns.Length];
        var equation = new byte[columns.Length];
        for (var p = 0; p < parity.Length; p++)
        {
            equation.AsSpan().Clear();
            equation[known + p] = 1;
            for (var column = 0; column < known; column++)
            {
                equation[column] = CauchyMatrix.Element(parity[p], columns[column]);
            }

            for (var row = 0; row < lost.Length; row++)
            {
                var target = rows.AsSpan(row * columns.Length, columns.Length);
                CauchyMatrix.AddScaled(target, equation, inverse[(row * lost.Length) + p]);
            }
        }

        return rows;
    }

    private static void ParityRow(
        Span<byte> row, int number, ReadOnlySpan<int> known, ReadOnlySpan<int> lost, ReadOnlySpan<byte> lostRows)
    {
        for (var column = 0; column < known.Length; column++)
        {
            row[column] = CauchyMatrix.Element(number, known[column]);
        }

        for (var i = 0; i < lost.Length; i++)
        {
            CauchyMatrix.AddScaled(
                row, lostRows.Slice(i * row.Length, row.Length), CauchyMatrix.Element(number, lost[i]));
        }
    }
}
