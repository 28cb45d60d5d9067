namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// The code as a textbook has it, and nothing shared with the code under test: Russian peasant multiplication, inverses by
/// search, and decoding by Gaussian elimination of n rows of the generator.
/// </summary>
internal sealed class ReferenceCode(int dataCount, int parityCount)
{
    // Products by Russian peasant multiplication, once each.
    private static readonly byte[,] Products = CreateProducts();

    public int FragmentCount => dataCount + parityCount;

    public static byte Multiply(byte left, byte right) => Products[left, right];

    public static byte Inverse(byte value) =>
        (byte)Enumerable.Range(1, 255).Single(candidate => Multiply(value, (byte)candidate) == 1);

    /// <summary>All fragments, given the data fragments.</summary>
    public byte[][] Encode(byte[][] data)
    {
        var parity = Enumerable.Range(dataCount, parityCount).Select(number => Combine(GeneratorRow(number), data));
        return [.. data, .. parity];
    }

    /// <summary>All fragments, given any n of them.</summary>
    public byte[][] Decode(int[] numbers, byte[][] fragments)
    {
        var left = numbers.Select(GeneratorRow).ToArray();
        var right = fragments.Select(fragment => fragment.ToArray()).ToArray();
        for (var column = 0; column < dataCount; column++)
        {
            var pivot = Enumerable.Range(column, dataCount - column).First(row => left[row][column] != 0);
            (left[column], left[pivot]) = (left[pivot], left[column]);
            (right[column], right[pivot]) = (right[pivot], right[column]);
            var factor = Inverse(left[column][column]);
            Scale(left[column], factor);
            Scale(right[column], factor);
            for (var row = 0; row < dataCount; row++)
            {
                var multiple = row == column ? (byte)0 : left[row][column];
                AddScaled(left[row], left[column], multiple);
                AddScaled(right[row], right[column], multiple);
            }
        }

        return Encode(right);
    }

    private static byte[] Combine(byte[] coefficients, byte[][] fragments)
    {
        var sum = new byte[fragments[0].Length];
        for (var i = 0; i < fragments.Length; i++)
        {
            AddScaled(sum, fragments[i], coefficients[i]);
        }

        return sum;
    }

    private static void AddScaled(byte[] target, byte[] source, byte factor)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] ^= Products[factor, source[i]];
        }
    }

    private static void Scale(byte[] row, byte factor)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = Products[factor, row[i]];
        }
    }

    private static byte[,] CreateProducts()
    {
        var products = new byte[256, 256];
        for (var left = 0; left < 256; left++)
        {
            for (var right = 0; right < 256; right++)
            {
                var (multiplicand, product) = (left, 0);
                for (var bits = right; bits != 0; bits >>= 1)
                {
                    product ^= (bits & 1) != 0 ? multiplicand : 0;
                    multiplicand <<= 1;
                    multiplicand ^= multiplicand > 255 ? 0x11D : 0;
                }

                products[left, right] = (byte)product;
            }
        }

        return products;
    }

    private byte[] GeneratorRow(int number) =>
        [.. Enumerable.Range(0, dataCount).Select(column =>
            number < dataCount ? (byte)(number == column ? 1 : 0) : Inverse((byte)(number ^ column)))];
}
