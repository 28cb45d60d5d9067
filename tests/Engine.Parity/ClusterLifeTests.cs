using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OrleansStorage.Testing;
using Xunit;

namespace OrleansStorage.Parity;

/// <summary>Tests that start, stop and kill silos: each has a cluster of its own.</summary>
public sealed class ClusterLifeTests
{
    [Fact]
    public async Task KilledSilo_LosesItsGrainsToTheOthers()
    {
        await using var cluster = await ParityCluster.CreateAsync(3);
        var grains = Enumerable.Range(0, 30).Select(number => cluster.Client.GetGrain<IRandomGrain>($"kill {number}")).ToArray();
        var before = await Task.WhenAll(grains.Select(grain => grain.GetSiloAsync()));
        var victim = cluster.Silos[2];
        Assert.Contains(victim.SiloAddress, before);

        await cluster.KillAsync(victim);
        for (var index = 0; index < grains.Length; index++)
        {
            var after = await cluster.RetryAsync(grains[index].GetSiloAsync);
            Assert.NotEqual(victim.SiloAddress, after);
        }

        Assert.Equal(2, cluster.Silos.Count);
    }

    [Fact]
    public async Task StoppedSilo_DeactivatesItsGrainsFirst()
    {
        await using var cluster = await ParityCluster.CreateAsync(2);
        var names = Enumerable.Range(0, 20).Select(number => $"stop {number}").ToArray();
        foreach (var name in names)
        {
            await cluster.Client.GetGrain<ILongLivedGrain>(name).GetActivationAsync();
        }

        await cluster.StopAsync(cluster.Silos[1]);
        var stopped = names.Where(name => Journal.Of(name).Contains("deactivated ShuttingDown")).ToArray();
        Assert.NotEmpty(stopped);
        Assert.NotEqual(names.Length, stopped.Length);
        foreach (var name in names)
        {
            await cluster.RetryAsync(cluster.Client.GetGrain<ILongLivedGrain>(name).GetActivationAsync);
        }

        Assert.All(stopped, name => Assert.Equal(["activated", "deactivated ShuttingDown", "activated"], Journal.Of(name)));
    }

    [Fact]
    public async Task AddedSilo_TakesGrains()
    {
        await using var cluster = await ParityCluster.CreateAsync(1);
        var added = await cluster.StartSiloAsync();
        for (var number = 0; ; number++)
        {
            Assert.True(number < 500, "No grain came to the new silo.");
            if (added.SiloAddress.Equals(await cluster.Client.GetGrain<IRandomGrain>($"added {number}").GetSiloAsync()))
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Lifecycle_RunsStagesInOrderAndBackwards()
    {
        var stages = new ConcurrentQueue<string>();
        var cluster = await ParityCluster.CreateAsync(1, configure: builder =>
        {
            builder.Services.AddSingleton(new StageRecorder(stages));
            builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<StageRecorder>());
            builder.AddStartupTask(async (services, _) =>
            {
                await services.GetRequiredService<IGrainFactory>().GetGrain<ILongLivedGrain>("startup").GetActivationAsync();
                stages.Enqueue("startup task");
            });
        });
        stages.Enqueue("started");
        await cluster.DisposeAsync();

        // The startup task runs in the stage Active, beside the recorder's own entry for it.
        Assert.Equal(
            ["+2000", "+6000", "+10000", "+20000", "+20001", "started", "-20001", "-20000", "-10000", "-6000", "-2000"],
            stages.Where(entry => entry != "startup task"));
        Assert.Equal("+10000, startup task, +20001", string.Join(", ", stages.Where(entry => entry is "+10000" or "startup task" or "+20001")));
        Assert.Contains("deactivated ShuttingDown", Journal.Of("startup"));
    }

    private sealed class StageRecorder(ConcurrentQueue<string> stages) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle)
        {
            foreach (var stage in new[]
            {
                ServiceLifecycleStage.Active + 1, ServiceLifecycleStage.RuntimeInitialize, ServiceLifecycleStage.Active,
                ServiceLifecycleStage.ApplicationServices, ServiceLifecycleStage.RuntimeStorageServices,
            })
            {
                lifecycle.Subscribe(nameof(StageRecorder), stage, Record($"+{stage}"), Record($"-{stage}"));
            }
        }

        private Func<CancellationToken, Task> Record(string entry) => _ =>
        {
            stages.Enqueue(entry);
            return Task.CompletedTask;
        };
    }
}
