using System.Globalization;
using OrleansStorage.Pools.Tests.Healing.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Pools.Tests.Healing;

/// <summary>
/// Goal: as long as no group lacks more devices or fragments than it may, every acknowledged blob reads back identical at any time, and the
/// pool comes back to full protection by itself; when more is lost, exactly the blobs that are lost are named. Method: seeded histories of
/// users and faults on nine silos of four devices, in simulated time, compared with what users wrote.
/// </summary>
public sealed class HealingSimulationTests(ITestOutputHelper output)
{
    private static int Seeds { get; } =
        int.Parse(Environment.GetEnvironmentVariable("SIMULATION_SEEDS") ?? "60", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("mirror:3")]
    [InlineData("rs:4+2")]
    public void WithinTheBound_NothingIsEverLost_AndEverythingIsProtectedAgain(string protection)
    {
        var figures = new ChaosFigures();
        var first = TestSeed.Next();
        for (var seed = first; seed < first + Seeds; seed++)
        {
            var cluster = new ChaosCluster(seed, PoolProtection.Parse(protection), figures);
            cluster.Run(250);
            cluster.Settle();
            cluster.VerifyFullyProtected();
            cluster.Close();
        }

        output.WriteLine($"{protection}, seeds {first} to {first + Seeds - 1}: {figures}");
        AssertReached(figures);
    }

    [Theory]
    [InlineData("mirror:3")]
    [InlineData("rs:4+2")]
    public void BeyondTheBound_ExactlyTheLostBlobsAreNamed(string protection)
    {
        var figures = new ChaosFigures();
        var first = TestSeed.Next();
        var seeds = Math.Max(1, Seeds / 4);
        for (var seed = first; seed < first + seeds; seed++)
        {
            var cluster = new ChaosCluster(seed, PoolProtection.Parse(protection), figures);
            cluster.Run(100);
            cluster.Settle();
            var lost = cluster.Exceed();
            cluster.Settle();
            cluster.VerifyExactlyLost(lost);
            cluster.Close();
        }

        output.WriteLine($"{protection}, seeds {first} to {first + seeds - 1}: {figures}");
        Assert.True(figures.Lost >= seeds, $"{figures}");

        // Of a mirrored blob nothing is left when all its devices are gone; then only its name tells of it.
        Assert.True(figures.ReportedLost >= seeds / (protection == "mirror:3" ? 4 : 1), $"{figures}");
    }

    [Theory]
    [InlineData("mirror:3")]
    [InlineData("rs:4+2")]
    public void MovingSlots_NeverLessensProtection(string protection)
    {
        var figures = new ChaosFigures();
        var first = TestSeed.Next();
        for (var seed = first; seed < first + 4; seed++)
        {
            var cluster = new ChaosCluster(seed, PoolProtection.Parse(protection), figures);
            cluster.RunCalm(150);
            cluster.Settle();
            cluster.VerifyFullyProtected();
            cluster.Close();
        }

        output.WriteLine($"{protection}, seeds {first} to {first + 3}: {figures}");
        Assert.True(figures.SlotsMoved > 100 && figures.Drains > 0 && figures.Acknowledged > 100, $"{figures}");
    }

    [Theory]
    [InlineData("mirror:3")]
    [InlineData("rs:4+2")]
    public void SameSeed_DoesTheSame(string protection)
    {
        var seed = TestSeed.Next();
        var runs = new string[2];
        for (var run = 0; run < runs.Length; run++)
        {
            var figures = new ChaosFigures();
            var cluster = new ChaosCluster(seed, PoolProtection.Parse(protection), figures);
            cluster.Run(250);
            cluster.Settle();
            cluster.Close();
            runs[run] = figures.ToString();
        }

        Assert.True(runs[0] == runs[1], $"seed {seed}: {runs[0]} and then {runs[1]}");
    }

    private static void AssertReached(ChaosFigures figures)
    {
        if (Seeds < 20)
        {
            return;
        }

        foreach (var field in typeof(ChaosFigures).GetFields().Where(f => f.Name is not ("Lost" or "ReportedLost")))
        {
            Assert.True((int)field.GetValue(figures)! > 0, $"{field.Name} was never reached: {figures}");
        }
    }
}
