using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Client;

/// <summary>
/// Goal: client, server and transport run on one thread in virtual time, and a seed repeats a run. Method: random calls with cut
/// connections under a scheduler that draws the next turn; the trace of two runs of a seed is the same, that of another seed is not.
/// </summary>
public sealed class SeededRunTests
{
    [Fact]
    public void Seed_RepeatsARun()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var seed = TestSeed.Next();
        var (first, second, other) = (Run(seed), Run(seed), Run(seed + 1));
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.True(first.Contains("done", StringComparison.Ordinal) && first.Contains("ConnectionLost", StringComparison.Ordinal), $"seed {seed}: {first}");
    }

    private static string Run(int seed)
    {
        var (time, scheduler, random) = (new SimulatedTime(), new SeededScheduler(seed), TestSeed.Create(seed));
        var transport = new MemoryTransport(4 << 10, runContinuationsInline: true);
        var connector = new FaultyConnector(transport) { OnConnected = stream => stream.CutWrittenAt = 200 + random.Next(60_000) };
        var device = ChannelFixture.Memory();
        var server = new DataChannelServer(new DataChannelServerOptions
        {
            Secret = ChannelFixture.Secret,
            Time = time,
            Scheduler = scheduler,
            RunContinuationsInline = true,
            FillRandom = random.NextBytes,
        });
        server.Add(device, new MemoryGroupEpochs());
        server.Listen(transport);
        var client = new DataChannelClient(connector, new DataChannelClientOptions
        {
            Secret = ChannelFixture.Secret,
            Time = time,
            Scheduler = scheduler,
            RunContinuationsInline = true,
            FillRandom = random.NextBytes,
        });
        var remote = client.Device(device.Identity);
        List<string> trace = [];
        Drive(scheduler, time, [.. Enumerable.Range(0, 6).Select(worker => StartAsync(scheduler, () => WorkAsync(worker)))]);
        Drive(scheduler, time, [StartAsync(scheduler, EndAsync)]);
        Assert.Equal(0, scheduler.Strays);
        return $"{scheduler.Turns} turns: {string.Join(", ", trace)}";

        async Task WorkAsync(int worker)
        {
            for (var i = 1; i <= 10; i++)
            {
                try
                {
                    await remote.WriteFragmentAsync(Samples.Id((worker * 100) + i), new byte[1_000 * i], default);
                    trace.Add($"{worker}.{i} done at {time.GetTimestamp()}");
                }
                catch (DataChannelException e)
                {
                    trace.Add($"{worker}.{i} {e.Fault}");
                }
            }
        }

        async Task EndAsync()
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
            await device.DisposeAsync();
        }
    }

    private static Task StartAsync(SeededScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, scheduler).Unwrap();

    private static void Drive(SeededScheduler scheduler, SimulatedTime time, List<Task> tasks)
    {
        while (!tasks.TrueForAll(task => task.IsCompleted))
        {
            Assert.True(scheduler.Step() || time.Step(), "It waits for nothing that could happen.");
        }

        tasks.ForEach(task => Assert.True(task.IsCompletedSuccessfully, task.Exception?.ToString()));
    }
}
