using System.Text;
using OrleansStorage.Hashing.Checksums;
using Xunit;

namespace OrleansStorage.Hashing.Tests;

/// <summary>
/// Goal: every path of every CRC gives the value of the definition, for any length, alignment, split and earlier CRC.
/// Method: a bitwise model in normal form, the published check values, and each path forced in turn.
/// </summary>
public sealed class CrcTests
{
    private static readonly byte[] Digits = Encoding.ASCII.GetBytes("123456789");

    private static readonly Algorithm[] Algorithms =
    [
        new("CRC-32C", new CrcModel(32, 0x1EDC6F41), 0xE3069283, Crc32C.IsSupported,
            (crc, data, path) => path is { } p ? Crc32C.Append((uint)crc, data, p) : Crc32C.Append((uint)crc, data),
            (a, b, length) => Crc32C.Combine((uint)a, (uint)b, length), 32),
        new("CRC-32", new CrcModel(32, 0x04C11DB7), 0xCBF43926, Crc32.IsSupported,
            (crc, data, path) => path is { } p ? Crc32.Append((uint)crc, data, p) : Crc32.Append((uint)crc, data),
            (a, b, length) => Crc32.Combine((uint)a, (uint)b, length), 32),
        new("CRC-64/NVME", new CrcModel(64, 0xAD93D23594C93659), 0xAE8B14860A799888, Crc64Nvme.IsSupported,
            (crc, data, path) => path is { } p ? Crc64Nvme.Append(crc, data, p) : Crc64Nvme.Append(crc, data),
            Crc64Nvme.Combine, 64),
    ];

    private delegate ulong AppendFunction(ulong crc, ReadOnlySpan<byte> data, CrcPath? path);

    public static TheoryData<int> AlgorithmIndexes => [0, 1, 2];

    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void CheckValue_IsThePublishedOne_OnEveryPath(int index)
    {
        var algorithm = Algorithms[index];

        Assert.Equal(algorithm.CheckValue, algorithm.Model.Append(0, Digits));
        foreach (var path in algorithm.Paths())
        {
            Assert.Equal(algorithm.CheckValue, algorithm.Append(0, Digits, path));
        }
    }

    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void EveryShortLength_AgreesWithTheModel_OnEveryPath(int index)
    {
        var seed = TestSeed.Next();
        var algorithm = Algorithms[index];
        var data = RandomBytes(TestSeed.Create(seed), 1200);
        foreach (var path in algorithm.Paths())
        {
            var expected = 0UL;
            for (var length = 0; length < data.Length; length++)
            {
                var actual = algorithm.Append(0, data.AsSpan(0, length), path);
                Assert.True(expected == actual, $"{algorithm.Name}, {path}, seed {seed}, {length} bytes: {actual:X}");
                expected = algorithm.Model.Append(expected, data.AsSpan(length, 1));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void RandomLengthsAlignmentsAndEarlierCrcs_AgreeWithTheModel_OnEveryPath(int index)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var algorithm = Algorithms[index];
        var data = RandomBytes(random, 16 * 1024);
        var longOnes = 0;
        for (var i = 0; i < 60; i++)
        {
            var start = random.Next(64);
            var length = random.Next(random.Next(2) == 0 ? 400 : data.Length - 64);
            var crc = (ulong)random.NextInt64() & (ulong.MaxValue >> (64 - algorithm.WidthBits));
            longOnes += length > 3 * 1024 ? 1 : 0;
            var expected = algorithm.Model.Append(crc, data.AsSpan(start, length));
            foreach (var path in algorithm.Paths())
            {
                var actual = algorithm.Append(crc, data.AsSpan(start, length), path);
                Assert.True(
                    expected == actual,
                    $"{algorithm.Name}, {path}, seed {seed}, case {i}: {length} bytes at {start} after {crc:X}: {actual:X}");
            }
        }

        Assert.True(longOnes > 5, $"seed {seed}: {longOnes} inputs reached the longest stretches");
    }

    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void Splits_DoNotChangeTheValue(int index)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var algorithm = Algorithms[index];
        var data = RandomBytes(random, 5_000);
        var expected = algorithm.Append(0, data, null);
        for (var i = 0; i < 100; i++)
        {
            var crc = 0UL;
            for (var offset = 0; offset < data.Length;)
            {
                var count = Math.Min(random.Next(700), data.Length - offset);
                crc = algorithm.Append(crc, data.AsSpan(offset, count), null);
                offset += count;
            }

            Assert.True(expected == crc, $"{algorithm.Name}, seed {seed}, round {i}");
        }
    }

    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void Combine_IsTheCrcOfTheConcatenation(int index)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var algorithm = Algorithms[index];
        var data = RandomBytes(random, 70_000);
        for (var i = 0; i < 200; i++)
        {
            var length = random.Next(data.Length);
            var split = random.Next(length + 1);
            var combined = algorithm.Combine(
                algorithm.Append(0, data.AsSpan(0, split), null),
                algorithm.Append(0, data.AsSpan(split, length - split), null),
                length - split);
            Assert.True(
                algorithm.Append(0, data.AsSpan(0, length), null) == combined,
                $"{algorithm.Name}, seed {seed}: {split} of {length}");
        }
    }

    // Lengths that no buffer has: moving by a + b bytes must be moving by a, then by b.
    [Theory]
    [MemberData(nameof(AlgorithmIndexes))]
    public void Combine_WithVeryLongLengths_IsAdditive(int index)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var algorithm = Algorithms[index];
        var crc = algorithm.CheckValue;
        for (var i = 0; i < 100; i++)
        {
            var first = random.NextInt64(1L << random.Next(1, 62));
            var second = random.NextInt64(1L << random.Next(1, 62));
            Assert.True(
                algorithm.Combine(crc, 0, first + second)
                    == algorithm.Combine(algorithm.Combine(crc, 0, first), 0, second),
                $"{algorithm.Name}, seed {seed}: {first} + {second}");
        }

        Assert.Equal(crc, algorithm.Combine(crc, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => algorithm.Combine(crc, 0, -1));
    }

    [Fact]
    public void UnsupportedPath_IsRefused()
    {
        Assert.False(Crc64Nvme.IsSupported(CrcPath.Instruction));
        Assert.Throws<PlatformNotSupportedException>(() => Crc64Nvme.Append(0, Digits, CrcPath.Instruction));
    }

    [Fact]
    public void Append_DoesNotAllocate()
    {
        var data = new byte[4096];
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run() => _ = Crc32C.Append(0, data) ^ Crc32.Append(0, data) ^ Crc64Nvme.Append(0, data);
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var data = new byte[length];
        random.NextBytes(data);
        return data;
    }

    private sealed record Algorithm(
        string Name,
        CrcModel Model,
        ulong CheckValue,
        Func<CrcPath, bool> IsSupported,
        AppendFunction Append,
        Func<ulong, ulong, long, ulong> Combine,
        int WidthBits)
    {
        /// <summary>Every path this processor has, and null for the one that is chosen without being forced.</summary>
        public IEnumerable<CrcPath?> Paths() =>
            [null, .. Enum.GetValues<CrcPath>().Where(IsSupported).Select(path => (CrcPath?)path)];
    }
}
