using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.Devices.Extents;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Epochs;

public sealed class StaleEpochTests
{
    private static readonly ExtentId Extent = new(1, 1);

    [Fact]
    public async Task OlderEpoch_IsRefused_WithTheCurrentOne_AndDoesNothing()
    {
        await using var fixture = ChannelFixture.InMemory();
        var (old, current) = (new EpochView { Epoch = 4 }, new EpochView { Epoch = 5 });
        await using var stale = fixture.Remote(old);
        await using var device = fixture.Remote(current);
        await stale.WriteFragmentAsync(Samples.Id(1), new byte[10], default);
        await device.WriteFragmentAsync(Samples.Id(2), new byte[10], default);

        Func<ValueTask>[] calls =
        [
            () => stale.WriteFragmentAsync(Samples.Id(3), new byte[10], default),
            () => stale.WriteFragmentsAsync([new(Samples.Id(3), new byte[10]), new(Samples.Id(4), new byte[10])], default),
            () => stale.ReadFragmentAsync(Samples.Id(1), 0, new byte[10], default),
            () => stale.DeleteFragmentsAsync([Samples.Id(1)], default),
            async () => await stale.FindFragmentAsync(Samples.Id(1), default),
        ];
        foreach (var call in calls)
        {
            var refused = await Assert.ThrowsAsync<StaleEpochException>(async () => await call());
            Assert.Equal((1u, 4UL, 5UL), (refused.Group, refused.Epoch, refused.Current));
        }

        Assert.Equal(2, fixture.Device.Usage.Fragments);

        // Another group has an epoch of its own, and a caller that has learnt goes on.
        await stale.WriteFragmentAsync(Samples.Id(1, group: 2), new byte[10], default);
        old.Epoch = 5;
        await stale.ReadFragmentAsync(Samples.Id(1), 0, new byte[10], default);
    }

    [Fact]
    public async Task Extents_AreCheckedByTheGroupThatHoldsThem()
    {
        await using var fixture = ChannelFixture.InMemory();
        var view = new EpochView { Epoch = 4, ExtentGroup = 9 };
        await using var device = fixture.Remote(view);
        await device.WriteBlocksAsync(Extent, [new BlockWrite(1, new BlockVersion(1, 1), new byte[4096])], default);
        Assert.Equal(7UL, await device.RaiseEpochAsync(9, 7, default));

        var refused = await Assert.ThrowsAsync<StaleEpochException>(async () => await device.FenceExtentAsync(Extent, 1, default));
        Assert.Equal((9u, 4UL, 7UL), (refused.Group, refused.Epoch, refused.Current));
        view.ExtentGroup = 0;
        await device.FenceExtentAsync(Extent, 1, default);
    }

    [Fact]
    public async Task Raise_NeverFalls_AndReachesTheStoreOfTheDevice()
    {
        await using var fixture = ChannelFixture.InMemory();
        await using var device = fixture.Remote();
        Assert.Equal(8UL, await device.RaiseEpochAsync(1, 8, default));
        Assert.Equal(8UL, await device.RaiseEpochAsync(1, 3, default));
        Assert.Equal(8UL, fixture.Epochs.Current(1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await device.RaiseEpochAsync(0, 3, default));
    }

    [Fact]
    public async Task Raise_WaitsForWhatCameWithAnOlderEpoch()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated);
        await using var old = fixture.Remote(new EpochView { Epoch = 1 });
        await using var healer = fixture.Remote(new EpochView { Epoch = 2 });
        var write = old.WriteFragmentAsync(Samples.Id(1), new byte[10], default).AsTask();
        await gated.EnteredAsync(1);

        var raise = healer.RaiseEpochAsync(1, 2, default).AsTask();
        var behind = healer.FindFragmentAsync(Samples.Id(1), default).AsTask();

        // The old epoch is refused before the raise has completed: nothing can come in between.
        await RefusedAsync(old);
        Assert.False(raise.IsCompleted);
        Assert.False(behind.IsCompleted);
        Assert.Equal(1UL, fixture.Epochs.Current(1));

        gated.Open();
        await write;
        Assert.Equal(2UL, await raise);
        Assert.Equal(10, await behind);
        Assert.Equal(2UL, fixture.Epochs.Current(1));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await old.FindFragmentAsync(Samples.Id(1), default));
    }

    [Fact]
    public async Task EpochThatCannotBeStored_LetsNothingPass()
    {
        var epochs = new FailingEpochs();
        var guard = new EpochGuard(epochs, inline: false);
        (await guard.EnterAsync(1, 0)).Dispose();
        await Assert.ThrowsAsync<IOException>(async () => await guard.RaiseAsync(1, 3));
        await Assert.ThrowsAsync<IOException>(async () => await guard.EnterAsync(1, 3));

        epochs.IsBroken = false;
        (await guard.EnterAsync(1, 3)).Dispose();
        await Assert.ThrowsAsync<StaleEpochException>(async () => await guard.EnterAsync(1, 2));
    }

    /// <summary>Goal: never is a call under way with an older epoch than one that a completed raise has set. Method: many at once.</summary>
    [Fact]
    public async Task ManyCallsAndRaises_NeverOverlapWrongly()
    {
        var seed = TestSeed.Next();
        var guard = new EpochGuard(new MemoryGroupEpochs(), inline: false);
        var (raised, entered, refused) = (0L, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = TestSeed.Create(seed + worker);
            for (var i = 0; i < 2_000; i++)
            {
                var epoch = (ulong)Math.Max(0, Interlocked.Read(ref raised) + random.Next(-1, 2));
                if (random.Next(20) == 0)
                {
                    var now = (long)await guard.RaiseAsync(1, epoch);
                    long before;
                    while ((before = Interlocked.Read(ref raised)) < now && Interlocked.CompareExchange(ref raised, now, before) != before)
                    {
                    }

                    continue;
                }

                try
                {
                    using (await guard.EnterAsync(1, epoch))
                    {
                        Interlocked.Increment(ref entered);
                        await Task.Yield();
                        Assert.True((ulong)Interlocked.Read(ref raised) <= epoch, $"seed {seed}: {epoch} goes on though {raised} was raised");
                    }
                }
                catch (StaleEpochException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })));
        Assert.True(raised > 50 && entered > 500 && refused > 50, $"seed {seed}: raised {raised}, entered {entered}, refused {refused}");
    }

    private static async Task RefusedAsync(RemoteDevice device)
    {
        while (true)
        {
            try
            {
                await device.FindFragmentAsync(Samples.Id(9), default);
            }
            catch (StaleEpochException)
            {
                return;
            }
        }
    }

    private sealed class FailingEpochs : IGroupEpochs
    {
        private readonly MemoryGroupEpochs _inner = new();

        public bool IsBroken { get; set; } = true;

        public ulong Current(uint group) => _inner.Current(group);

        public ValueTask<ulong> RaiseAsync(uint group, ulong epoch) =>
            IsBroken ? throw new IOException("The disk is gone.") : _inner.RaiseAsync(group, epoch);
    }
}
