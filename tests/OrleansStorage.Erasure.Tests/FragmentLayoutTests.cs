using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// Goal: fragments cover the blob exactly once, and every range is found where it lies.
/// Method: golden layouts written by hand; ranges against a blob whose bytes say where they are.
/// </summary>
public sealed class FragmentLayoutTests
{
    [Theory]
    [InlineData(0, 4, 0)]
    [InlineData(1, 4, 64)]
    [InlineData(256, 4, 64)]
    [InlineData(257, 4, 128)]
    [InlineData(1_048_576, 4, 262_144)]
    [InlineData(1_048_576, 10, 104_896)]
    [InlineData(16_777_216, 10, 1_677_760)]
    [InlineData(100, 1, 128)]
    [InlineData(1 << 30, 1, 1 << 30)]
    [InlineData((1 << 30) - 1, 255, 4_210_816)]
    public void FragmentLength_IsTheShareRoundedUpTo64(int blobLength, int n, int expected) =>
        Assert.Equal(expected, new FragmentLayout(blobLength, n).FragmentLength);

    [Fact]
    public void FragmentsOfASmallBlob_EndWithTheBlob()
    {
        var layout = new FragmentLayout(130, 4);

        Assert.Equal([64, 64, 2, 0], Enumerable.Range(0, 4).Select(layout.BlobBytesIn));
    }

    [Fact]
    public void Range_IsFoundInTheFragmentsThatItTouches()
    {
        var layout = new FragmentLayout(300, 4);

        Assert.Equal(128, layout.FragmentLength);
        Assert.Equal(
            [new FragmentRange(0, 100, 28, 0), new FragmentRange(1, 0, 128, 28), new FragmentRange(2, 0, 4, 156)],
            Parts(layout, 100, 160));
        Assert.Equal([new FragmentRange(1, 0, 128, 0)], Parts(layout, 128, 128));
        Assert.Equal([new FragmentRange(2, 43, 1, 0)], Parts(layout, 299, 1));
        Assert.Empty(Parts(layout, 300, 0));
        Assert.Empty(Parts(layout, 128, 0));
        Assert.Empty(Parts(new FragmentLayout(0, 4), 0, 0));
    }

    [Fact]
    public void RandomRanges_AreCoveredExactlyOnce_InOrder()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var several = 0;
        for (var round = 0; round < 2_000; round++)
        {
            var layout = new FragmentLayout(random.Next(1, 20_000), random.Next(1, 256));
            var offset = random.Next(layout.BlobLength + 1);
            var length = random.Next(layout.BlobLength - offset + 1);
            var parts = Parts(layout, offset, length);
            var position = 0;
            foreach (var part in parts)
            {
                var context = $"seed {seed}, round {round}: {length} at {offset} of {layout}: {part}";
                Assert.True(part.Position == position && part.Length > 0, context);
                Assert.True((part.Fragment * layout.FragmentLength) + part.Offset == offset + position, context);
                Assert.True(part.Offset + part.Length <= layout.BlobBytesIn(part.Fragment), context);
                position += part.Length;
            }

            Assert.Equal(length, position);
            Assert.Equal(layout.BlobLength, Enumerable.Range(0, layout.DataCount).Sum(layout.BlobBytesIn));
            several += parts.Count > 2 ? 1 : 0;
        }

        Assert.True(several > 100, $"seed {seed}: only {several} ranges had several parts");
    }

    [Fact]
    public void WhatIsOutsideOfTheBlob_IsRefused()
    {
        var layout = new FragmentLayout(300, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(301, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(200, 101));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(2, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.BlobBytesIn(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.BlobBytesIn(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(0, 300)[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.Locate(0, 300)[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new FragmentLayout(-1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FragmentLayout((1 << 30) + 1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FragmentLayout(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FragmentLayout(1, 256));
    }

    private static List<FragmentRange> Parts(FragmentLayout layout, int offset, int length)
    {
        var parts = new List<FragmentRange>();
        foreach (var part in layout.Locate(offset, length))
        {
            parts.Add(part);
        }

        Assert.Equal(layout.Locate(offset, length).Count, parts.Count);
        return parts;
    }
}
