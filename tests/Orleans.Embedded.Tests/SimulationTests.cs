using System.Threading.Channels;
using Orleans.Embedded.Testing;
using Xunit;

namespace Orleans.Embedded.Tests;

public sealed class SimulationTests
{
    [Fact]
    public void SameSeed_GivesTheSameRun()
    {
        var seed = OrleansStorage.TestSeed.Next();
        var first = RunBusyCluster(seed);
        var second = RunBusyCluster(seed);
        Assert.True(first.Hash == second.Hash && first.Report.SequenceEqual(second.Report), $"seed {seed} gave two different runs");
        Assert.True(first.Steps > 200, $"seed {seed}: only {first.Steps} turns");

        var others = Enumerable.Range(1, 5).Select(offset => RunBusyCluster(seed + offset).Hash).Append(first.Hash).ToHashSet();
        Assert.True(others.Count == 6, $"seed {seed}: {others.Count} different runs of 6 seeds");
    }

    [Fact]
    public void Seeds_FindALostUpdateInAReentrantGrainOnly()
    {
        var seed = OrleansStorage.TestSeed.Next();
        var lost = 0;
        for (var offset = 0; offset < 20; offset++)
        {
            var (serial, reentrant) = AddCarelessly(seed + offset);
            Assert.True(serial == 6, $"seed {seed + offset}: the serial grain lost an update");
            lost += reentrant < 6 ? 1 : 0;
        }

        Assert.True(lost > 5, $"seed {seed}: lost updates in {lost} of 20 runs");
    }

    [Fact]
    public void Time_IsVirtual()
    {
        var simulation = Clusters.Simulate(1, async simulation =>
        {
            var started = simulation.TimeProvider.GetUtcNow();
            await Task.Delay(TimeSpan.FromHours(20), simulation.TimeProvider);
            Assert.Equal(TimeSpan.FromHours(20), simulation.TimeProvider.GetUtcNow() - started);

            List<int> order = [];
            await Task.WhenAll(AddLaterAsync(30), AddLaterAsync(10), AddLaterAsync(20));
            Assert.Equal([10, 20, 30], order);

            using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), simulation.TimeProvider);
            await timer.WaitForNextTickAsync();
            await timer.WaitForNextTickAsync();

            async Task AddLaterAsync(int seconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(seconds), simulation.TimeProvider);
                order.Add(seconds);
            }
        });
        Assert.Equal(TimeSpan.FromHours(20) + TimeSpan.FromSeconds(30) + TimeSpan.FromMinutes(2), simulation.Elapsed);
    }

    [Fact]
    public void Deadlock_IsReported()
    {
        var never = new TaskCompletionSource();
        var simulation = new SimulationScheduler(7);
        var exception = Assert.Throws<SimulationException>(() => simulation.Run(() => never.Task));
        Assert.Contains("seed 7: deadlock", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deadlock_IsReportedThoughTheSilosLookForIdleGrains()
    {
        var never = new TaskCompletionSource();
        var exception = Assert.Throws<SimulationException>(() => Clusters.Simulate(8, async simulation =>
        {
            await using var cluster = await Clusters.StartAsync(2, simulation);
            await cluster.Client.GetGrain<ISerialBankGrain>("a").GetAsync();
            await never.Task;
        }));
        Assert.Contains("deadlock", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_EndARunThatDoesNotEnd()
    {
        var late = Assert.Throws<SimulationException>(() => Clusters.Simulate(
            1,
            async simulation => await Task.Delay(TimeSpan.FromDays(3), simulation.TimeProvider).ContinueWith(
                _ => new TaskCompletionSource().Task, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Current).Unwrap(),
            new SimulationOptions { MaxElapsed = TimeSpan.FromDays(2) }));
        Assert.Contains("time limit", late.Message, StringComparison.Ordinal);

        var busy = Assert.Throws<SimulationException>(() => Clusters.Simulate(
            1,
            async simulation =>
            {
                while (true)
                {
                    await simulation.Yield();
                }
            },
            new SimulationOptions { MaxSteps = 10_000 }));
        Assert.Contains("10000 turns", busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExceptionOfTheTest_ComesOut() =>
        Assert.Throws<InvalidDataException>(() => Clusters.Simulate(1, async simulation =>
        {
            await simulation.Yield();
            throw new InvalidDataException();
        }));

    [Fact]
    public void Continuations_StayOnTheThreadOfTheSimulation() => Clusters.Simulate(3, async simulation =>
    {
        var thread = Environment.CurrentManagedThreadId;
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var semaphore = new SemaphoreSlim(0);
        var channel = Channel.CreateUnbounded<int>();
        using var patience = new CancellationTokenSource();

        async Task ReleaseAsync()
        {
            await simulation.Yield();
            source.SetResult();
            semaphore.Release(3);
            await channel.Writer.WriteAsync(1);
            channel.Writer.Complete();
        }

        var release = ReleaseAsync();
        await source.Task;
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        await semaphore.WaitAsync();
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        await semaphore.WaitAsync(patience.Token);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        Assert.True(await semaphore.WaitAsync(TimeSpan.FromSeconds(5), patience.Token));
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        await foreach (var item in channel.Reader.ReadAllAsync(patience.Token))
        {
            Assert.Equal(1, item);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
        }

        await release;
    });

    private static (ulong Hash, long Steps, IReadOnlyList<string> Report) RunBusyCluster(int seed)
    {
        var report = $"busy {seed}";
        Reports.Take(report);
        var simulation = Clusters.Simulate(
            seed,
            async simulation =>
            {
                await using var cluster = await Clusters.StartAsync(3, simulation);
                var calls = Enumerable.Range(0, 12).Select(number =>
                    cluster.Client.GetGrain<IReentrantBankGrain>($"{number % 5}").WorkAsync(report, simulation.Random.Next(3, 7))).ToList();
                Assert.All(await Task.WhenAll(calls), result => Assert.EndsWith("True", result, StringComparison.Ordinal));
            },
            new SimulationOptions { MaxMessageDelay = TimeSpan.FromMilliseconds(20) });
        return (simulation.TraceHash, simulation.Steps, Reports.Take(report));
    }

    private static (int Serial, int Reentrant) AddCarelessly(int seed)
    {
        var (serial, reentrant) = (0, 0);
        Clusters.Simulate(seed, async simulation =>
        {
            await using var cluster = await Clusters.StartAsync(2, simulation);
            IBankGrain one = cluster.Client.GetGrain<ISerialBankGrain>("x"), two = cluster.Client.GetGrain<IReentrantBankGrain>("x");
            await Task.WhenAll(Enumerable.Range(0, 6).SelectMany(_ => new[] { one.AddCarelesslyAsync(1), two.AddCarelesslyAsync(1) }));
            (serial, reentrant) = (await one.GetAsync(), await two.GetAsync());
        });
        return (serial, reentrant);
    }
}
