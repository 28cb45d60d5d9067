using OrleansStorage.Erasure.Kernels;
using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>What the tests go over.</summary>
internal static class Codes
{
    /// <summary>Every path this processor has.</summary>
    public static IEnumerable<GaloisPath> Paths => Enum.GetValues<GaloisPath>().Where(GaloisKernel.IsSupported);

    /// <summary>Around the steps of every kernel, and the blocks of a plan.</summary>
    public static int[] Lengths { get; } =
        [0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 191, 255, 256, 257, 1000, 4095, 4096, 4097, 8191, 8193];

    public static TheoryData<string> PathNames => [.. Paths.Select(path => path.ToString())];

    public static GaloisPath Parse(string path) => Enum.Parse<GaloisPath>(path);

    public static byte[][] RandomFragments(Random random, int count, int length)
    {
        var fragments = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            fragments[i] = new byte[length];
            random.NextBytes(fragments[i]);
        }

        return fragments;
    }

    /// <summary>All sets of <paramref name="size"/> numbers below <paramref name="count"/>, in ascending order.</summary>
    public static IEnumerable<int[]> Subsets(int count, int size) => size == 0
        ? [[]]
        : Enumerable.Range(size - 1, count - size + 1)
            .SelectMany(last => Subsets(last, size - 1).Select(head => (int[])[.. head, last]));

    public static int[] RandomNumbers(Random random, int count, int size)
    {
        var numbers = Enumerable.Range(0, count).ToArray();
        random.Shuffle(numbers);
        return numbers[..size];
    }

    public static ReadOnlyMemory<byte>[] ReadOnly(IEnumerable<byte[]> fragments) =>
        [.. fragments.Select(fragment => (ReadOnlyMemory<byte>)fragment)];

    public static ReadOnlyMemory<byte>[] ReadOnly(IEnumerable<Guarded> fragments) =>
        [.. fragments.Select(fragment => (ReadOnlyMemory<byte>)fragment.Memory)];

    public static Memory<byte>[] Writable(IEnumerable<Guarded> fragments) =>
        [.. fragments.Select(fragment => fragment.Memory)];
}
