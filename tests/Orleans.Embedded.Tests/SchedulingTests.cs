using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;
using Xunit;

namespace Orleans.Embedded.Tests;

public sealed class SchedulingTests
{
    /// <summary>
    /// Goal: no two turns of one activation overlap, and no call is lost, whatever mixture of inline and queued calls.
    /// Method: callers on all cores hit few grains whose counters have no lock.
    /// </summary>
    [Fact]
    public async Task ParallelCallers_LoseNothing()
    {
        await using var cluster = await Clusters.StartAsync(2);
        const int Callers = 8, Calls = 2_000, Grains = 3;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var call = 0; call < Calls; call++)
            {
                var grain = cluster.Client.GetGrain<ISerialBankGrain>($"{(caller + call) % Grains}");
                await grain.AddCarelesslyAsync(1);
                if (call % 100 == 0)
                {
                    await grain.GetAsync();
                }
            }
        })));

        var total = 0;
        for (var grain = 0; grain < Grains; grain++)
        {
            total += await cluster.Client.GetGrain<ISerialBankGrain>($"{grain}").GetAsync();
        }

        Assert.Equal(Callers * Calls, total);
    }

    [Fact]
    public async Task DeepChain_DoesNotGrowTheStack()
    {
        await using var cluster = await Clusters.StartAsync(1);
        Assert.Equal(500, await cluster.Client.GetGrain<ISerialBankGrain>("c").AddThroughAsync(500));

        // Again, now that every grain of the chain is active and can be called inline.
        Assert.Equal(500, await cluster.Client.GetGrain<ISerialBankGrain>("c").AddThroughAsync(500));
    }

    [Fact]
    public async Task LongTurns_AreNotRunOnTheCallersThread()
    {
        await using var cluster = await Clusters.StartAsync(1);
        ISerialBankGrain one = cluster.Client.GetGrain<ISerialBankGrain>("one"), two = cluster.Client.GetGrain<ISerialBankGrain>("two");
        await one.GetAsync();
        await two.GetAsync();
        for (var call = 0; call < 4; call++)
        {
            await one.SpinOrMeetAsync(spin: true);
        }

        // Two calls that need each other: the first must not keep the caller from making the second.
        await Task.WhenAll(one.SpinOrMeetAsync(spin: false).AsTask(), two.SpinOrMeetAsync(spin: false).AsTask());
    }

    [Fact]
    public async Task ValueOfUnsupportedType_FailsTheCall()
    {
        await using var cluster = await Clusters.StartAsync(1);
        var grain = cluster.Client.GetGrain<ISerialBankGrain>("any");
        await grain.TakeAnythingAsync(new List<string> { "fine" });
        await Assert.ThrowsAsync<CodecNotFoundException>(async () => await grain.TakeAnythingAsync(new Refused.Unmarked()));
        await Assert.ThrowsAsync<CodecNotFoundException>(async () => await grain.TakeAnythingAsync(new object[] { new Refused.Unmarked() }));
    }

    [Fact]
    public async Task GenericHost_StartsAndStopsASilo()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.Services.Configure<GrainTypeOptions>(options =>
                options.Interfaces.RemoveWhere(type => type.Namespace == typeof(Refused.INoSerializer).Namespace));
        });
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<IClusterClient>();
        Assert.StartsWith("Silo_1 ", await client.GetGrain<ISerialBankGrain>("hosted").GetPlaceAsync(), StringComparison.Ordinal);
        await host.StopAsync();
    }
}
