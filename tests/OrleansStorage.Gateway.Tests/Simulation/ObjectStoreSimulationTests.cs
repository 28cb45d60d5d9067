using Xunit;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>
/// Goal: whatever befalls a cluster, every answer of the object store is explained by some order of the operations, every
/// byte reads back as written, and nothing is left behind. Method: seeded runs of the shipping code on simulated disks, a
/// simulated metadata store and a simulated network; each run is three lives that end with the loss of all power.
/// </summary>
public sealed class ObjectStoreSimulationTests
{
    private const int SeedsPerCase = 50;

    /// <summary>SIMULATION_SEEDS, when set, is how many seeds run; TEST_SEED, when set, is the only one.</summary>
    public static TheoryData<int> Cases()
    {
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_SEEDS"), out var asked) ? asked : 200;
        var cases = new TheoryData<int>();
        for (var first = 1; first <= seeds; first += SeedsPerCase)
        {
            cases.Add(first);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task EveryAnswerHasAnExplanation_AndNothingIsLeftBehind(int firstSeed)
    {
        var totals = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var seed = firstSeed; seed < firstSeed + SeedsPerCase; seed++)
        {
            await using var world = new SimulatedWorld(seed);
            RunSeed(world, seed);
            Add(totals, world.Events);
            Add(totals, world.History.Counts);
        }

        // A run that met no trouble, or answered nothing, has shown nothing.
        foreach (var what in new[]
        {
            "power lost", "silo killed", "silo paused", "silo evicted alive", "metadata away", "commits faulted", "swept",
            "Read", "Write", "WriteIfNone", "RefusedAsPresent", "WriteIfMatch", "Open",
        })
        {
            Assert.True(totals.GetValueOrDefault(what) > 5, $"{what}: {totals.GetValueOrDefault(what)} times");
        }
    }

    [Fact]
    public async Task SameSeed_GivesTheSameRun()
    {
        await using var first = new SimulatedWorld(7);
        first.Run();
        await using var second = new SimulatedWorld(7);
        second.Run();
        Assert.Equal(first.TraceHash, second.TraceHash);
    }

    private static void RunSeed(SimulatedWorld world, int seed)
    {
        try
        {
            world.Run();
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    private static void Add(Dictionary<string, int> totals, Dictionary<string, int> counts)
    {
        foreach (var (what, count) in counts)
        {
            totals[what] = totals.GetValueOrDefault(what) + count;
        }
    }
}
