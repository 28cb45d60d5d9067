using OrleansStorage.Erasure.Galois;
using OrleansStorage.Erasure.Kernels;
using OrleansStorage.Erasure.Plans;
using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>What a caller gets for bad input, and what a call costs in memory.</summary>
public sealed class ContractTests
{
    private static readonly ReedSolomonCodec Codec = new(4, 2);

    [Theory]
    [InlineData(0, 2)]
    [InlineData(-1, 2)]
    [InlineData(4, -1)]
    [InlineData(250, 6)]
    [InlineData(256, 0)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, 1)]
    public void CodeThatDoesNotExist_IsRefused(int n, int m) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReedSolomonCodec(n, m));

    [Fact]
    public void LargestCodes_Exist()
    {
        Assert.Equal(255, new ReedSolomonCodec(255, 0).FragmentCount);
        Assert.Equal(255, new ReedSolomonCodec(1, 254).FragmentCount);
        Assert.Equal(255, new ReedSolomonCodec(128, 127).FragmentCount);
    }

    [Fact]
    public void Matrix_IsCauchy()
    {
        for (var parity = 10; parity < 14; parity++)
        {
            for (var data = 0; data < 10; data++)
            {
                Assert.Equal(1, ReferenceCode.Multiply(CauchyMatrix.Element(parity, data), (byte)(parity ^ data)));
            }
        }
    }

    [Fact]
    public void WrongCounts_AreRefused()
    {
        Refused("4 data", () => Codec.Encode(Read(3, 8), Write(2, 8)));
        Refused("2 parity", () => Codec.Encode(Read(4, 8), Write(3, 8)));
        Refused("4 data", () => Codec.Verify(Read(5, 8), Read(2, 8)));
        Refused("2 parity", () => Codec.Verify(Read(4, 8), Read(1, 8)));
        Refused("2 parity", () => Codec.UpdateParity(0, new byte[8], new byte[8], Write(1, 8)));
        Refused("5 fragment numbers", () => Codec.Reconstruct([0, 1, 2, 3, 4], Read(4, 8), [5], Write(1, 8)));
        Refused("1 fragment numbers", () => Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [5], Write(2, 8)));
    }

    [Fact]
    public void WrongLengths_AreRefused()
    {
        Refused("8 and 9", () => Codec.Encode(Read(4, 8), [new byte[8], new byte[9]]));
        Refused("8 and 7", () => Codec.Encode([new byte[8], new byte[8], new byte[7], new byte[8]], Write(2, 8)));
        Refused("9 bytes of parity", () => Codec.Encode(new byte[16], new byte[9]));
        Refused("17 bytes of data", () => Codec.Encode(new byte[17], new byte[8]));
        Refused("1 bytes of data", () => Codec.Encode(new byte[1], []));
        Refused("9 bytes of parity", () => Codec.Verify(new byte[16], new byte[9]));
        Refused("8 and 9", () => Codec.Verify(Read(4, 8), Read(2, 9)));
        Refused("8 and 7", () => Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [5], Write(1, 7)));
        Refused("25 bytes", () => Codec.Reconstruct(new byte[25], [5]));
        Refused("had 8 bytes and has 9", () => Codec.UpdateParity(0, new byte[8], new byte[9], Write(2, 8)));
        Refused("8 and 9", () => Codec.UpdateParity(0, new byte[8], new byte[8], Write(2, 9)));
        Refused("17 bytes", () => Codec.UpdateParity(0, new byte[8], new byte[8], new byte[17]));
        Refused("no parity", () => new ReedSolomonCodec(3, 0).Encode(new byte[9], new byte[3]));
    }

    [Fact]
    public void WrongNumbers_AreRefused()
    {
        Refused("2 appears twice", () => Codec.Reconstruct([0, 1, 2, 2], Read(4, 8), [5], Write(1, 8)));
        Refused("3 appears twice", () => Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [3], Write(1, 8)));
        Refused("5 appears twice", () => Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [5, 5], Write(2, 8)));
        Refused("1 appears twice", () => Codec.Reconstruct(new byte[48], [1, 1]));
        Refused("no fragment 6", () => Codec.Reconstruct([0, 1, 2, 6], Read(4, 8), [5], Write(1, 8)));
        Refused("no fragment -1", () => Codec.Reconstruct(new byte[48], [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Codec.UpdateParity(4, new byte[8], new byte[8], Write(2, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Codec.UpdateParity(-1, new byte[8], new byte[8], new byte[16]));
    }

    [Fact]
    public void TooManyMissing_IsAnErrorOfItsOwn()
    {
        var few = Assert.Throws<TooManyFragmentsMissingException>(
            () => Codec.Reconstruct([0, 5, 2], Read(3, 8), [1], Write(1, 8)));
        Assert.Equal((3, 4), (few.Available, few.Required));
        Assert.Contains("only 3", few.Message, StringComparison.Ordinal);

        var fragments = new byte[48];
        fragments.AsSpan().Fill(7);
        Assert.Throws<TooManyFragmentsMissingException>(() => Codec.Reconstruct(fragments, [0, 1, 2]));
        Assert.DoesNotContain(fragments, value => value != 7);
    }

    [Fact]
    public void Overlaps_AreRefused()
    {
        var space = new byte[100];
        var parity = Write(2, 8);
        Memory<byte> target = space.AsMemory(10, 8);
        Refused("overlap", () => Codec.Encode(space.AsSpan(0, 32), space.AsSpan(31, 16)));
        Refused("overlap", () => Codec.Encode(space.AsSpan(31, 32), space.AsSpan(16, 16)));
        Refused("overlap", () => Codec.Encode([space.AsMemory(3, 8), new byte[8], new byte[8], new byte[8]], [new byte[8], target]));
        Refused("overlap", () => Codec.Encode(Read(4, 8), [target, space.AsMemory(17, 8)]));
        Refused("overlap", () => Codec.Encode(Read(4, 8), [space.AsMemory(17, 8), target]));
        Refused("overlap", () => Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [4, 5], [target, target]));
        Refused("overlap", () => Codec.UpdateParity(0, new byte[8], parity[1].Span, parity));
        Assert.DoesNotContain(space, value => value != 0);

        // Side by side is not an overlap.
        Codec.Encode(space.AsSpan(0, 32), space.AsSpan(32, 16));
        Codec.Encode([space.AsMemory(0, 8), new byte[8], new byte[8], new byte[8]], [space.AsMemory(8, 8), space.AsMemory(16, 8)]);
    }

    [Fact]
    public void NothingToReconstruct_IsNothing()
    {
        Codec.Reconstruct([0, 1, 2, 3], Read(4, 8), [], []);
        Codec.Reconstruct(new byte[48], []);
        new ReedSolomonCodec(3, 0).Reconstruct(new byte[9], []);
        Codec.Reconstruct([0, 1, 2, 3], Read(4, 0), [4, 5], Write(2, 0));
    }

    [Fact]
    public void NoCall_Allocates()
    {
        var (data, blob, contiguous) = (Read(4, 1_000), new byte[3_990], new byte[6_000]);
        var (parity, lost) = (Write(2, 1_000), Write(2, 1_000));
        ReadOnlyMemory<byte>[] readParity = [parity[0], parity[1]];
        ReadOnlyMemory<byte>[] present = [data[0], data[2], parity[0], parity[1]];
        int[] presentNumbers = [0, 2, 4, 5];
        int[] lostNumbers = [3, 1];
        var sum = 0;
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);

        void Run()
        {
            Codec.Encode(data, parity);
            Codec.Encode(blob, contiguous.AsSpan(4_000));
            sum += Codec.Verify(data, readParity) ? 1 : 0;
            sum += Codec.Verify(blob, contiguous.AsSpan(4_000)) ? 1 : 0;
            Codec.Reconstruct(presentNumbers, present, lostNumbers, lost);
            Codec.Reconstruct(contiguous, lostNumbers);
            Codec.UpdateParity(1, data[0].Span, data[1].Span, parity);
            Codec.UpdateParity(1, data[0].Span, data[1].Span, contiguous.AsSpan(4_000));
            foreach (var part in new FragmentLayout(3_990, 4).Locate(100, 3_000))
            {
                sum += part.Length;
            }
        }
    }

    [Fact]
    public void Plans_AreKept_UpToABound_AndTheOldestGoes()
    {
        var codec = new ReedSolomonCodec(10, 4);
        var fragments = new byte[14 * 64];
        codec.Reconstruct(fragments, [0]);
        foreach (var missing in Codes.Subsets(14, 3))
        {
            codec.Reconstruct(fragments, missing);
            codec.Reconstruct(fragments, [0]);
        }

        Assert.Equal(64, codec.CachedPlans);
        int[] oftenUsed = [0];
        int[] lastCreated = [11, 12, 13];
        var before = GC.GetAllocatedBytesForCurrentThread();
        codec.Reconstruct(fragments, oftenUsed);
        codec.Reconstruct(fragments, lastCreated);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Plans_AreBoundedInBytesToo()
    {
        var created = 0;
        var cache = new PlanCache(10, 1_000, (_, wanted) =>
        {
            created++;
            return new CodingPlan(GaloisKernel.Create(GaloisPath.Table), new byte[wanted.First()], 1, wanted.First());
        });
        var sources = FragmentSet.Below(3);
        cache.Get(sources, default(FragmentSet).With(200));
        cache.Get(sources, default(FragmentSet).With(201));
        cache.Get(sources, default(FragmentSet).With(200));
        Assert.Equal((2, 2), (created, cache.Count));

        for (var size = 202; size < 206; size++)
        {
            cache.Get(sources, default(FragmentSet).With(size));
        }

        Assert.Equal(4, cache.Count);
    }

    private static void Refused(string text, Action action)
    {
        var error = Assert.ThrowsAny<ArgumentException>(action);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static ReadOnlyMemory<byte>[] Read(int count, int length) =>
        Codes.ReadOnly(Enumerable.Range(0, count).Select(_ => new byte[length]));

    private static Memory<byte>[] Write(int count, int length) =>
        [.. Enumerable.Range(0, count).Select(_ => new byte[length].AsMemory())];
}
