using OrleansStorage.Abstractions.Objects;
using Xunit;

namespace OrleansStorage.Grains.Buckets.Tests;

public sealed class ObjectIndexCacheTests
{
    private static ObjectEntry Entry(string etag) =>
        new() { SizeBytes = 1, ETag = etag, ModifiedMs = 1, OwnerId = "me" };

    [Fact]
    public void Write_TakesTheVersionOutUntilItEnds()
    {
        var cache = new ObjectIndexCache(capacity: 4);
        cache.EndWrite("k", Entry("1"));

        cache.BeginWrite("k");
        Assert.False(cache.TryGet("k", out _));

        cache.EndWrite("k", Entry("2"));
        Assert.True(cache.TryGet("k", out var entry));
        Assert.Equal("2", entry.ETag);
    }

    [Fact]
    public void FailedWrite_LeavesNothing()
    {
        var cache = new ObjectIndexCache(capacity: 4);
        cache.EndWrite("k", Entry("1"));
        cache.BeginWrite("k");
        cache.EndWrite("k", entry: null);
        Assert.False(cache.TryGet("k", out _));
    }

    [Fact]
    public void Read_ThatBeganBeforeAWriteEnded_IsNotBelieved()
    {
        var cache = new ObjectIndexCache(capacity: 4);
        var stamp = cache.Stamp;
        cache.BeginWrite("k");
        cache.EndWrite("k", entry: null);
        cache.OfferRead("k", Entry("old"), stamp);
        Assert.False(cache.TryGet("k", out _));
    }

    [Fact]
    public void Read_DuringAWriteOfTheSameKey_IsNotBelieved()
    {
        var cache = new ObjectIndexCache(capacity: 4);
        cache.BeginWrite("k");
        cache.OfferRead("k", Entry("old"), cache.Stamp);
        Assert.False(cache.TryGet("k", out _));
    }

    [Fact]
    public void Read_WithoutAWrite_IsRemembered()
    {
        var cache = new ObjectIndexCache(capacity: 4);
        cache.OfferRead("k", Entry("1"), cache.Stamp);
        Assert.True(cache.TryGet("k", out _));
    }

    [Fact]
    public void FullCache_DropsWhatWasUsedLongestAgo()
    {
        var cache = new ObjectIndexCache(capacity: 2);
        cache.EndWrite("a", Entry("a"));
        cache.EndWrite("b", Entry("b"));
        Assert.True(cache.TryGet("a", out _));
        cache.EndWrite("c", Entry("c"));

        Assert.Equal(2, cache.Count);
        Assert.True(cache.TryGet("a", out _));
        Assert.False(cache.TryGet("b", out _));
    }
}
