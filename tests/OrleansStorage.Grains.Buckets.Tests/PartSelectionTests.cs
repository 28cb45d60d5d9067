using OrleansStorage.Metadata.Tables;
using Xunit;

namespace OrleansStorage.Grains.Buckets.Tests;

public sealed class PartSelectionTests
{
    private static readonly PartListingRow[] Stored = [Row(1, "a", 10), Row(3, "c", 30), Row(7, "g", 70)];

    private static PartListingRow Row(int number, string etag, long size) =>
        new(new PartKey(1, "u", number), size, etag, 0, null, null);

    [Fact]
    public void AllNamed_MakeUpTheObject()
    {
        var chosen = PartSelection.Choose([new(1, "a"), new(3, "c"), new(7, "g")], Stored);
        Assert.NotNull(chosen);
        Assert.Equal(110, chosen.SizeBytes);
        Assert.Empty(chosen.Dropped);
    }

    [Fact]
    public void PartsNotNamed_AreDropped()
    {
        var chosen = PartSelection.Choose([new(3, "c")], Stored);
        Assert.NotNull(chosen);
        Assert.Equal(30, chosen.SizeBytes);
        Assert.Equal([1, 7], chosen.Dropped.Select(key => key.Number));
    }

    [Fact]
    public void MissingPart_WrongETag_WrongOrder_OrNone_IsRefused()
    {
        Assert.Null(PartSelection.Choose([new(2, "b")], Stored));
        Assert.Null(PartSelection.Choose([new(1, "a"), new(3, "x")], Stored));
        Assert.Null(PartSelection.Choose([new(3, "c"), new(1, "a")], Stored));
        Assert.Null(PartSelection.Choose([new(1, "a"), new(1, "a")], Stored));
        Assert.Null(PartSelection.Choose([], Stored));
    }
}
