using OrleansStorage.Erasure.Galois;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>One byte at a time, by a table of all products.</summary>
internal sealed unsafe class TableKernel : GaloisKernel
{
    private const int RowBytes = 256;

    private static readonly byte[] Products = CreateProducts();

    /// <inheritdoc/>
    public override int TableBytes => sizeof(byte);

    /// <inheritdoc/>
    public override void WriteTable(byte constant, Span<byte> table) => table[0] = constant;

    /// <inheritdoc/>
    public override void Combine(
        byte** sources, int sourceCount, byte** targets, int targetCount, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var columns = (int)(end - offset);
        for (var t = 0; t < targetCount; t++)
        {
            var target = new Span<byte>(targets[t] + offset, columns);
            if (!isAdding)
            {
                target.Clear();
            }

            for (var s = 0; s < sourceCount; s++)
            {
                var row = Products.AsSpan(tables[(s * targetCount) + t] * RowBytes, RowBytes);
                Add(new ReadOnlySpan<byte>(sources[s] + offset, columns), row, target);
            }
        }
    }

    private static void Add(ReadOnlySpan<byte> source, ReadOnlySpan<byte> row, Span<byte> target)
    {
        for (var i = 0; i < source.Length; i++)
        {
            target[i] ^= row[source[i]];
        }
    }

    private static byte[] CreateProducts()
    {
        var products = new byte[RowBytes * RowBytes];
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = GaloisField.Multiply((byte)(i / RowBytes), (byte)(i % RowBytes));
        }

        return products;
    }
}
