using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Metadata.Tests.Owners;

public sealed class OwnershipHistoryTests(ITestOutputHelper output)
{
    private const double WithinMargin = 0.045;
    private const double BeyondMargin = 0.8;
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(4);

    /// <summary>Goal: no stale read and no write past the fence, in any history. Method: see OwnershipHistory.</summary>
    [Fact]
    public void NoHistory_HasAStaleRead_OrAcceptsAFencedWrite()
    {
        var seed = TestSeed.Next();
        var (reads, refused, fenced, acquisitions, expelled) = (0, 0, 0, 0, 0);
        for (var i = 0; i < 60; i++)
        {
            var history = new OwnershipHistory(seed + i, WithinMargin);
            history.Run(Duration);

            Assert.True(history.StaleReads.Count == 0, $"seed {seed + i}: stale {string.Join("; ", history.StaleReads)}");
            Assert.True(history.AcceptedTwice.Count == 0, $"seed {seed + i}: twice {string.Join("; ", history.AcceptedTwice)}");
            reads += history.Reads;
            refused += history.RefusedReads;
            fenced += history.FencedWrites;
            acquisitions += history.Acquisitions;
            expelled += history.Expelled;
        }

        Assert.True(
            reads > 2_000 && refused > 100 && fenced > 20 && acquisitions > 500 && expelled > 5,
            $"seed {seed}: reached {reads} reads, {refused} refused, {fenced} fenced, {acquisitions} acquisitions, {expelled} expelled");
    }

    /// <summary>Clocks that break the assumption must break the promise, or the histories above show nothing.</summary>
    [Fact]
    public void ClocksBeyondTheMargin_AreFoundByTheseHistories()
    {
        var seed = TestSeed.Next();
        var (histories, found) = (0, 0);
        for (; histories < 400 && found < 1; histories++)
        {
            var history = new OwnershipHistory(seed + histories, BeyondMargin);
            history.Run(Duration);
            found += history.StaleReads.Count > 0 ? 1 : 0;
        }

        output.WriteLine($"{found} of {histories} histories");
        Assert.True(found > 0, $"seed {seed}: clocks that are far apart went unnoticed in {histories} histories");
    }

    [Fact]
    public void SameSeed_GivesTheSameHistory()
    {
        var seed = TestSeed.Next();
        var (one, other) = (new OwnershipHistory(seed, WithinMargin), new OwnershipHistory(seed, WithinMargin));
        one.Run(Duration);
        other.Run(Duration);

        Assert.Equal(
            (one.Reads, one.RefusedReads, one.Writes, one.FencedWrites),
            (other.Reads, other.RefusedReads, other.Writes, other.FencedWrites));
        Assert.True(one.Writes > 0, $"seed {seed}");
    }
}
