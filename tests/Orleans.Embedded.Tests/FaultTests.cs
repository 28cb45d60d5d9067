using Orleans.Embedded.Testing;
using Orleans.Runtime;
using Xunit;

namespace Orleans.Embedded.Tests;

public sealed class FaultTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static int s_lastKey;

    [Fact]
    public void PausedSilo_AnswersWhenItGoesOn() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 0);
        cluster.Pause(silo);
        var call = grain.GetAsync();
        await Task.Delay(Timeout / 2, simulation.TimeProvider);
        Assert.False(call.IsCompleted);
        cluster.Resume(silo);
        Assert.Equal(0, await call);

        cluster.Pause(silo);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.GetAsync());
        cluster.Resume(silo);
        Assert.Equal(0, await grain.GetAsync());
    });

    [Fact]
    public void EvictedSilo_GoesOnWithASecondActivation() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 0);
        var stale = silo.Runtime.GrainFactory.GetGrain<ISerialBankGrain>(grain.GetPrimaryKeyString());
        await grain.AddCarelesslyAsync(5);
        cluster.Pause(silo);
        var pending = grain.GetAsync();
        cluster.Evict(silo);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => pending);

        Assert.Equal(0, await grain.GetAsync());
        await grain.AddCarelesslyAsync(1);
        cluster.Resume(silo);
        await stale.AddCarelesslyAsync(10);
        Assert.Equal(15, await stale.GetAsync());
        Assert.Equal(1, await grain.GetAsync());
        Assert.NotEqual(await stale.GetPlaceAsync(), await grain.GetPlaceAsync());

        await cluster.KillAsync(silo);
        Assert.Equal(1, await grain.GetAsync());
    });

    [Fact]
    public void SiloPausedForLong_IsEvicted_AndOneThatGoesOnInTimeIsNot() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 2);
        await grain.AddCarelesslyAsync(5);
        cluster.Pause(silo, evictAfter: Timeout / 2);
        await Task.Delay(Timeout / 4, simulation.TimeProvider);
        cluster.Resume(silo);
        await Task.Delay(Timeout, simulation.TimeProvider);
        Assert.Equal(5, await grain.GetAsync());

        cluster.Pause(silo, evictAfter: Timeout / 2);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.GetAsync());
        Assert.Equal(0, await grain.GetAsync());
    });

    [Fact]
    public void CutOffSilo_IsReachableAgainWhenHealed() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 1);
        await grain.AddCarelesslyAsync(5);
        cluster.Partition(silo);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.GetAsync());

        // A silo that is cut off still serves itself.
        Assert.Equal(5, await silo.Runtime.GrainFactory.GetGrain<ISerialBankGrain>(grain.GetPrimaryKeyString()).GetAsync());
        cluster.Heal(silo);
        Assert.Equal(5, await grain.GetAsync());
    });

    [Fact]
    public void LostResponse_LeavesTheEffect() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 0);
        var call = grain.AddCarelesslyAsync(5);
        while (await silo.Runtime.GrainFactory.GetGrain<ISerialBankGrain>(grain.GetPrimaryKeyString()).GetAsync() == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), simulation.TimeProvider);
        }

        // The effect is there; the response may be on its way or here.
        await call;
        simulation.Options.MessageLossProbability = 1;
        await Assert.ThrowsAsync<TimeoutException>(() => grain.GetAsync());
        simulation.Options.MessageLossProbability = 0;
        Assert.Equal(5, await grain.GetAsync());
    });

    [Fact]
    public void KilledSilo_FailsItsCallsAtOnceAndRunsNothingMore() => Simulate(async (simulation, cluster) =>
    {
        var (silo, grain) = await FindAsync(cluster, 1);
        var key = grain.GetPrimaryKeyString();
        var report = $"killed {simulation.Seed}";
        var waiting = grain.WaitForeverAsync();
        var working = cluster.Client.GetGrain<ISerialBankGrain>(await FindKeyAsync(cluster, silo)).WorkAsync(report, 100);
        await Task.Delay(TimeSpan.FromMilliseconds(50), simulation.TimeProvider);
        var before = simulation.Elapsed;

        await cluster.KillAsync(silo);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => waiting);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => working);
        Assert.Equal(before, simulation.Elapsed);

        var reports = Reports.Take(report);
        Assert.NotEmpty(reports);
        await Task.Delay(TimeSpan.FromSeconds(2), simulation.TimeProvider);
        Assert.Empty(Reports.Take(report));
        Assert.Equal(0, await cluster.Client.GetGrain<ISerialBankGrain>(key).GetAsync());
        Assert.False(silo.IsRunning);
    });

    [Fact]
    public async Task KilledSilo_FailsItsCalls_WithoutSimulationToo()
    {
        await using var cluster = await Clusters.StartAsync(2);
        var (silo, grain) = await FindAsync(cluster, 0);
        var waiting = grain.WaitForeverAsync();
        await cluster.KillAsync(silo);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => waiting);
        Assert.Equal(0, await grain.GetAsync());
    }

    private static void Simulate(Func<SimulationScheduler, EmbeddedCluster, Task> test)
    {
        var seed = OrleansStorage.TestSeed.Next();
        for (var offset = 0; offset < 10; offset++)
        {
            try
            {
                Clusters.Simulate(
                    seed + offset,
                    async simulation =>
                    {
                        await using var cluster = await Clusters.StartAsync(3, simulation, Timeout);
                        await test(simulation, cluster);
                    },
                    new SimulationOptions { MaxMessageDelay = TimeSpan.FromMilliseconds(offset % 3) });
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed + offset}", exception);
            }
        }
    }

    private static async Task<(EmbeddedSilo Silo, ISerialBankGrain Grain)> FindAsync(EmbeddedCluster cluster, int index)
    {
        var silo = cluster.Silos[index];
        return (silo, cluster.Client.GetGrain<ISerialBankGrain>(await FindKeyAsync(cluster, silo)));
    }

    /// <summary>The key of a new grain on that silo.</summary>
    private static async Task<string> FindKeyAsync(EmbeddedCluster cluster, EmbeddedSilo silo)
    {
        while (true)
        {
            var key = $"found {Interlocked.Increment(ref s_lastKey)}";
            var place = await cluster.Client.GetGrain<ISerialBankGrain>(key).GetPlaceAsync();
            if (place.StartsWith(silo.Name + " ", StringComparison.Ordinal))
            {
                return key;
            }
        }
    }
}
