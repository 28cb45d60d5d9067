using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Contract;

public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task Listing_IsInTheOrderOfUtf8Bytes()
    {
        // U+FF5E sorts after U+1F600 in UTF-16, and before it in UTF-8.
        string[] ordered = ["A", "a", "a/", "a0", "é", "\uff5e", "\ud83d\ude00"];
        foreach (var key in ordered.Reverse())
        {
            await PutAsync(key, Bytes(1, 1));
        }

        var listing = await Store.ListObjectsAsync(Bucket, new ListQuery("", "", "", 1000), default);

        Assert.Equal(ordered, Keys(listing));
        Assert.False(listing.IsTruncated);
        Assert.Equal(ordered[^1], listing.Last);
    }

    [Fact]
    public async Task Listing_HasWhatIsKnown_ButNoHeaders()
    {
        var put = await PutAsync(
            "key",
            Bytes(9, 1),
            new ObjectCommit { OwnerId = Owner, ETag = "tag", Headers = new ObjectHeaders([new("content-type", "a/b")]) });

        var info = Assert.Single((await Store.ListObjectsAsync(Bucket, new ListQuery("", "", "", 10), default)).Objects);

        Assert.Equal((9L, "tag", Owner, put.LastModified), (info.SizeBytes, info.ETag, info.OwnerId, info.LastModified));
        Assert.Empty(info.Headers);
    }

    [Fact]
    public async Task Listing_OfNothing_IsEmpty()
    {
        await PutAsync("key", Bytes(1, 1));

        foreach (var query in new[] { new ListQuery("x", "", "", 10), new ListQuery("", "", "key", 10), new ListQuery("", "", "", 0) })
        {
            var listing = await Store.ListObjectsAsync(Bucket, query, default);
            Assert.Empty(listing.Objects);
            Assert.Empty(listing.CommonPrefixes);
            Assert.False(listing.IsTruncated);
            Assert.Equal("", listing.Last);
        }
    }

    [Fact]
    public async Task Listing_AfterACommonPrefix_SkipsEverythingUnderIt()
    {
        string[] keys = ["a/1", "a/2", "b"];
        foreach (var key in keys)
        {
            await PutAsync(key, Bytes(1, 1));
        }

        var listing = await Store.ListObjectsAsync(Bucket, new ListQuery("", "/", "a/", 10), default);

        Assert.Equal(["b"], Keys(listing));
        Assert.Empty(listing.CommonPrefixes);
    }

    /// <summary>
    /// Goal: pages of any size, with any prefix and delimiter, together are the whole listing, each name once.
    /// Method: random keys over a small alphabet, paged through, against rolling up the sorted set of all keys.
    /// </summary>
    [Fact]
    public async Task RandomListings_AgreeWithASortedSet()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        string[] pieces = ["a", "b", "/", "//", "é", "\ud83d\ude00", "-"];
        var keys = new SortedSet<string>(KeyOrder.Instance);
        while (keys.Count < 60)
        {
            var key = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (keys.Add(key))
            {
                await PutAsync(key, Bytes(1, 1));
            }
        }

        var rolledUp = 0;
        var continued = 0;
        for (var round = 0; round < 60; round++)
        {
            var prefix = random.Next(3) == 0 ? "" : pieces[random.Next(pieces.Length)];
            var delimiter = random.Next(3) == 0 ? "" : pieces[random.Next(pieces.Length)];
            var limit = random.Next(1, 12);
            var (expected, prefixes) = Model(keys, prefix, delimiter);
            rolledUp += prefixes;

            var actual = new List<string>();
            var after = "";
            bool isTruncated;
            do
            {
                var page = await Store.ListObjectsAsync(Bucket, new ListQuery(prefix, delimiter, after, limit), default);
                var names = Keys(page).Concat(page.CommonPrefixes).Order(KeyOrder.Instance).ToList();
                Assert.True(names.Count <= limit && (names.Count == limit || !page.IsTruncated), $"seed {seed}, round {round}");
                Assert.Equal(names.Count == 0 ? "" : names[^1], page.Last);
                actual.AddRange(names);
                after = page.Last;
                isTruncated = page.IsTruncated;
                continued += isTruncated ? 1 : 0;
            }
            while (isTruncated);

            Assert.True(expected.SequenceEqual(actual), $"seed {seed}, round {round}: '{prefix}' '{delimiter}' by {limit}");
        }

        Assert.True(rolledUp > 20 && continued > 20, $"seed {seed}: {rolledUp} common prefixes, {continued} continuations");
    }

    private static (List<string> Names, int Prefixes) Model(SortedSet<string> keys, string prefix, string delimiter)
    {
        var names = new SortedSet<string>(KeyOrder.Instance);
        var prefixes = 0;
        foreach (var key in keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var cut = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            prefixes += names.Add(cut < 0 ? key : key[..(cut + delimiter.Length)]) && cut >= 0 ? 1 : 0;
        }

        return ([.. names], prefixes);
    }

    private static List<string> Keys(ObjectListing listing) => [.. listing.Objects.Select(info => info.Key)];
}
