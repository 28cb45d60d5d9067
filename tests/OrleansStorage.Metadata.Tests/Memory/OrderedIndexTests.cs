using System.Buffers.Binary;
using OrleansStorage.Metadata.Memory;
using Xunit;

namespace OrleansStorage.Metadata.Tests.Memory;

public sealed class OrderedIndexTests
{
    /// <summary>Goal: splits and merges keep every key. Method: grow and shrink at random, against a sorted set.</summary>
    [Fact]
    public void RandomInsertionsAndRemovals_AgreeWithASortedSet()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var (index, model, largest) = (new OrderedIndex(), new SortedSet<int>(), 0);
        for (var phase = 0; phase < 12; phase++)
        {
            var growth = phase % 2 == 0 ? 90 : 8;
            for (var step = 0; step < 8_000; step++)
            {
                // Every third phase in order, which splits at the end.
                var key = phase % 3 == 0 && growth > 50 ? (phase * 100_000) + step : random.Next(20_000);
                if (random.Next(100) < growth ? !model.Contains(key) : false)
                {
                    model.Add(key);
                    index.Insert(new MemoryRow(Encode(key), []));
                }
                else if (random.Next(100) >= growth && model.Count > 0)
                {
                    var victim = model.GetViewBetween(random.Next(model.Min, model.Max + 1), int.MaxValue).Min;
                    Assert.True(model.Remove(victim));
                    index.Remove(Encode(victim));
                }
            }

            largest = Math.Max(largest, model.Count);
            AssertSame(index, model, random, $"seed {seed}, phase {phase}");
        }

        Assert.True(largest > 64 * 64, $"seed {seed}: at most {largest} keys, the tree never had three levels");
    }

    [Fact]
    public void Misuse_Throws()
    {
        var index = new OrderedIndex();
        index.Insert(new MemoryRow([1], []));

        Assert.Throws<InvalidOperationException>(() => index.Insert(new MemoryRow([1], [])));
        Assert.Throws<InvalidOperationException>(() => index.Remove([2]));
    }

    private static void AssertSame(OrderedIndex index, SortedSet<int> model, Random random, string context)
    {
        Assert.True(Collect(index, 0, true, int.MaxValue, int.MaxValue).SequenceEqual(model), context);
        for (var i = 0; i < 50; i++)
        {
            var (from, to, limit) = (random.Next(1_200_000), random.Next(1_200_000), random.Next(1, 300));
            var inclusive = random.Next(2) == 0;
            var expected = from > to ? [] : model.GetViewBetween(from, to).Where(key => key < to && (inclusive || key != from)).Take(limit);
            Assert.True(Collect(index, from, inclusive, to, limit).SequenceEqual(expected), context);
        }
    }

    private static IEnumerable<int> Collect(OrderedIndex index, int from, bool inclusive, int to, int limit)
    {
        var rows = new List<MemoryRow>();
        index.Collect(Encode(from), inclusive, Encode(to), limit, rows);
        return rows.Select(row => BinaryPrimitives.ReadInt32BigEndian(row.Key));
    }

    private static byte[] Encode(int key)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, key);
        return bytes;
    }
}
