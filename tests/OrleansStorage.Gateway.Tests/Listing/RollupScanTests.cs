using System.Text;
using OrleansStorage.Gateway.Listing;
using Xunit;

namespace OrleansStorage.Gateway.Tests.Listing;

public sealed class RollupScanTests
{
    /// <summary>
    /// Goal: pages are what S3 says, and reading one costs no more rows than its length allows. Method: random keys and
    /// queries against the plainest listing there is; the scan counts the rows that it gives.
    /// </summary>
    [Fact]
    public async Task RandomPages_AgreeWithAPlainListing()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var rollups = 0;
        var truncated = 0;
        for (var round = 0; round < 400; round++)
        {
            var keys = Enumerable.Range(0, random.Next(60)).Select(_ => RandomKey(random)).Distinct()
                .OrderBy(key => key, StringComparer.Ordinal).ToList();
            var prefix = random.Next(2) == 0 ? "" : RandomKey(random)[..1];
            var delimiter = random.Next(3) == 0 ? "" : "/";
            var limit = random.Next(1, 12);
            var (rows, prefixes, more) = Plain(keys, prefix, delimiter, limit);
            var page = await ReadAsync(keys, prefix, delimiter, limit);

            var context = $"seed {seed}, round {round}: [{string.Join(' ', keys)}] {prefix} {delimiter} {limit}";
            Assert.True(rows.SequenceEqual(page.Rows), context);
            Assert.True(prefixes.SequenceEqual(page.CommonPrefixes), context);
            Assert.True(more == page.IsTruncated, context);
            rollups += prefixes.Count;
            truncated += more ? 1 : 0;
        }

        Assert.True(rollups > 100 && truncated > 50, $"seed {seed}: {rollups} rollups, {truncated} truncated");
    }

    [Fact]
    public async Task ManyKeysUnderOnePrefix_AreSkippedBySeeking()
    {
        var keys = Enumerable.Range(0, 100_000).Select(i => $"a/{i:d6}").Append("b").ToList();
        var read = 0;
        var page = await ReadAsync(keys, "", "/", limit: 10, count => read += count);

        Assert.Equal(["a/"], page.CommonPrefixes);
        Assert.Equal(["b"], page.Rows);
        Assert.InRange(read, 2, 100);
    }

    private static string RandomKey(Random random) =>
        new([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => "ab/é"[random.Next(4)])]);

    private static (List<string> Rows, List<string> Prefixes, bool More) Plain(
        List<string> keys, string prefix, string delimiter, int limit)
    {
        var rows = new List<string>();
        var prefixes = new List<string>();
        foreach (var key in keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var index = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var common = index < 0 ? null : key[..(index + 1)];
            if (common is not null && prefixes.Contains(common))
            {
                continue;
            }

            if (rows.Count + prefixes.Count == limit)
            {
                return (rows, prefixes, true);
            }

            (common is null ? rows : prefixes).Add(common ?? key);
        }

        return (rows, prefixes, false);
    }

    private static async Task<RollupPage<string>> ReadAsync(
        List<string> keys, string prefix, string delimiter, int limit, Action<int>? onRead = null)
    {
        const string End = "\uffff";
        var scan = new RollupScan<string, string>(
            (range, count) =>
            {
                var rows = keys.Where(key => string.CompareOrdinal(key, range.From) is var c
                        && (c > 0 || (c == 0 && range.FromInclusive)) && string.CompareOrdinal(key, range.To) < 0)
                    .Take(count).ToList();
                onRead?.Invoke(rows.Count);
                return new(rows);
            },
            key => key,
            Encoding.UTF8.GetBytes,
            Encoding.UTF8.GetString,
            End);
        return await scan.ReadAsync(Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(delimiter), prefix, true, limit);
    }
}
