using System.Diagnostics.Metrics;
using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Client;

public sealed class CallTests
{
    [Fact]
    public async Task ManyClients_AtOnce_ReadWhatTheyWrote()
    {
        await using var fixture = ChannelFixture.OverTcp(ChannelFixture.Memory(128));
        var options = ChannelFixture.ClientOptions();
        var clients = Enumerable.Range(0, 8).Select(_ => new DataChannelClient(fixture.Connector, options)).ToList();
        await Task.WhenAll(clients.SelectMany((client, c) => Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            await using var device = client.Device(fixture.Device.Identity);
            for (var i = 1; i <= 20; i++)
            {
                var id = (c * 10_000) + (worker * 100) + i;
                await device.WriteFragmentAsync(Samples.Id(id), Samples.Bytes(id, 1 + (id % 50_000)), default);
                var read = new byte[1 + (id % 50_000)];
                await device.ReadFragmentAsync(Samples.Id(id), 0, read, default);
                Assert.True(read.AsSpan().SequenceEqual(Samples.Bytes(id, read.Length)), $"fragment {id}");
            }
        }))));
        Assert.Equal(8 * 8 * 20, fixture.Device.Usage.Fragments);
        clients.ForEach(client => Assert.True(client.IsConnected));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        await Samples.UntilAsync(() => fixture.Server.Status is { Connections: <= 2, InFlightBytes: 0 }, "they are gone");
    }

    [Fact]
    public async Task LargestFragment_AndLongCalls_Travel()
    {
        await using var fixture = ChannelFixture.OverTcp(ChannelFixture.Memory(256));
        await using var device = fixture.Remote();
        var large = Samples.Bytes(1, FragmentId.SizeMaxBytes);
        await device.WriteFragmentAsync(Samples.Id(1), large, default);
        var read = new byte[large.Length];
        await device.ReadFragmentAsync(Samples.Id(1), 0, read, default);
        Assert.True(read.AsSpan().SequenceEqual(large));

        // More than a request takes of each kind.
        var extent = new ExtentId(1, 1);
        var block = Samples.Bytes(2, 4096);
        var blocks = Enumerable.Range(0, 5_000).Select(i => new BlockWrite((uint)i, new BlockVersion(1, 1 + (ulong)i), block)).ToList();
        await device.WriteBlocksAsync(extent, blocks, default);
        var (bytes, versions) = (new byte[5_000 * 4096], new BlockVersion[5_000]);
        await device.ReadBlocksAsync(extent, 0, bytes, versions, default);
        Assert.Equal(new BlockVersion(1, 5_000), versions[^1]);
        Assert.True(bytes.AsSpan(4_999 * 4096).SequenceEqual(block));
        Assert.Equal(5_000, (await device.ListBlocksAsync(extent, default)).Count);

        await device.WriteFragmentsAsync([.. Enumerable.Range(2, 9_000).Select(i => new FragmentWrite(Samples.Id(i), new byte[10]))], default);
        Assert.Equal(9_001, (await device.ListFragmentsAsync(default, 100_000, default)).Count);
        await device.DeleteFragmentsAsync([.. Enumerable.Range(1, 9_001).Select(i => Samples.Id(i))], default);
        Assert.Equal(0, device.Usage.Fragments);
    }

    [Fact]
    public async Task FencedPart_OfALongCall_WritesNothing()
    {
        await using var fixture = ChannelFixture.InMemory();
        await using var device = fixture.Remote();
        var extent = new ExtentId(1, 1);
        await device.FenceExtentAsync(extent, 5, default);
        var blocks = Enumerable.Range(0, 5_000).Select(i => new BlockWrite((uint)i, new BlockVersion(i == 4_999 ? 4UL : 5UL, 1), new byte[4096]));
        var fenced = await Assert.ThrowsAsync<FencedException>(async () => await device.WriteBlocksAsync(extent, [.. blocks], default));
        Assert.Equal(5UL, fenced.Fence);
        Assert.Equal(0, fixture.Device.Usage.Blocks);
    }

    [Fact]
    public async Task Answers_ComeOutOfOrder()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options => options.Connections = 1);
        await using var device = fixture.Remote();
        var slow = device.WriteFragmentAsync(Samples.Id(1), new byte[10], default).AsTask();
        await gated.EnteredAsync(1);
        Assert.Null(await device.FindFragmentAsync(Samples.Id(1), default));
        Assert.False(slow.IsCompleted);
        gated.Open();
        await slow;
    }

    [Fact]
    public async Task Cancellation_EndsReads_AndWaitingWrites_ButNoWriteUnderWay()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options => (options.Connections, options.InFlightMax) = (1, 2));
        await using var device = fixture.Remote();
        using var stop = new CancellationTokenSource();
        var write = device.WriteFragmentAsync(Samples.Id(1), new byte[10], stop.Token).AsTask();
        var read = device.ReadFragmentAsync(Samples.Id(2), 0, new byte[10], stop.Token).AsTask();
        await gated.EnteredAsync(2);
        var waiting = device.WriteFragmentAsync(Samples.Id(3), new byte[10], stop.Token).AsTask();

        await stop.CancelAsync();
        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read)).CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await device.FindFragmentAsync(Samples.Id(1), stop.Token));
        Assert.False(write.IsCompleted);

        // The answer to the read that nobody waits for any more disturbs nobody.
        gated.Open();
        await write;
        await device.WriteFragmentAsync(Samples.Id(4), new byte[10], default);
        Assert.Equal(2, fixture.Device.Usage.Fragments);
        Assert.Single(fixture.Connector.Streams);
    }

    [Fact]
    public async Task DisposedClient_FailsWhatIsInFlight()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options => (options.Connections, options.InFlightMax) = (1, 2));
        await using var device = fixture.Remote();
        var sent = Enumerable.Range(1, 2).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[10], default).AsTask()).ToList();
        await gated.EnteredAsync(2);
        var waiting = device.WriteFragmentAsync(Samples.Id(3), new byte[10], default).AsTask();

        await fixture.Client.DisposeAsync();
        foreach (var call in sent)
        {
            Assert.True((await Assert.ThrowsAsync<DataChannelException>(() => call)).IsOutcomeUnknown);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await device.FindFragmentAsync(Samples.Id(1), default));

        // What had begun at the device runs to its end.
        gated.Open();
        await Samples.UntilAsync(() => fixture.Device.Usage.Fragments == 2, "both were written");
    }

    [Fact]
    public async Task DisposedServer_FailsWhatIsInFlight_AndWaitsForTheDevice()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options => options.Connections = 1);
        await using var device = fixture.Remote();
        var write = device.WriteFragmentAsync(Samples.Id(1), new byte[10], default).AsTask();
        await gated.EnteredAsync(1);

        var disposing = fixture.Server.DisposeAsync().AsTask();
        Assert.True((await Assert.ThrowsAsync<DataChannelException>(() => write)).IsOutcomeUnknown);
        Assert.False(disposing.IsCompleted);
        gated.Open();
        await disposing;
        Assert.Equal(1, fixture.Device.Usage.Fragments);
    }

    [Fact]
    public async Task DeviceThatIsNotServed_OrWasClosed_IsUnreachable()
    {
        await using var fixture = ChannelFixture.InMemory();
        await using var stranger = fixture.Client.Device(fixture.Device.Identity with { Id = new Guid(9, 9, 9, new byte[8]) });
        await Assert.ThrowsAsync<DeviceUnreachableException>(async () => await stranger.FindFragmentAsync(Samples.Id(1), default));
        Assert.Equal(DeviceState.Unreachable, stranger.State);
        await Assert.ThrowsAsync<DeviceUnreachableException>(async () => await fixture.Client.OpenAsync(stranger.Identity.Id, null, default));

        await using var device = await fixture.Client.OpenAsync(fixture.Device.Identity.Id, null, default);
        Assert.Equal(fixture.Device.Identity, device.Identity);
        await device.WriteFragmentAsync(Samples.Id(1), new byte[1], default);
        Assert.Equal(DeviceState.Healthy, device.State);
        await fixture.Device.DisposeAsync();
        await Assert.ThrowsAsync<DeviceUnreachableException>(async () => await device.FindFragmentAsync(Samples.Id(1), default));
        Assert.Equal(DeviceState.Unreachable, device.State);
        Assert.True(fixture.Server.Remove(device.Identity.Id));
        await Assert.ThrowsAsync<DeviceUnreachableException>(async () => await device.FindFragmentAsync(Samples.Id(1), default));
    }

    [Fact]
    public async Task EveryError_ArrivesAsWhatItWas()
    {
        var id = Samples.Id(3);
        (Exception Thrown, Type Arrives)[] cases =
        [
            (new FragmentNotFoundException(id), typeof(FragmentNotFoundException)),
            (new FragmentExistsException(id), typeof(FragmentExistsException)),
            (new CorruptFragmentException("rotten"), typeof(CorruptFragmentException)),
            (new DeviceFullException("full"), typeof(DeviceFullException)),
            (new DeviceFailedException("fsync"), typeof(DeviceFailedException)),
            (new DeviceBusyException("busy"), typeof(DeviceBusyException)),
            (new DeviceException("other"), typeof(DeviceException)),
            (new InvalidOperationException("a bug"), typeof(DeviceException)),
            (new ArgumentOutOfRangeException("offsetBytes"), typeof(ArgumentOutOfRangeException)),
            (new ObjectDisposedException("it"), typeof(DeviceUnreachableException)),
        ];
        foreach (var (thrown, arrives) in cases)
        {
            var (header, body) = Reply.Error(thrown).ToFrame(new FrameHeader { Operation = Operation.FindFragment }, null);
            var error = AnswerErrors.Read(new Answer(header, body, default), new RequestParts { Operation = Operation.FindFragment }, default);
            Assert.Equal(arrives, error.GetType());
            Assert.Contains(thrown.Message.Split('\n')[0], error.Message, StringComparison.Ordinal);
        }

        await Task.CompletedTask;
    }

    [Fact]
    public async Task SilentPeer_TimesOutCalls_ThenLosesItsConnection()
    {
        var time = new SimulatedTime();
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options =>
        {
            options.Time = time;
            options.Connections = 1;
            options.RequestTimeout = TimeSpan.FromSeconds(4);
            options.KeepAliveInterval = TimeSpan.FromSeconds(5);
            options.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        });
        await using var device = fixture.Remote();
        var write = device.WriteFragmentAsync(Samples.Id(1), new byte[10], default).AsTask();
        await gated.EnteredAsync(1);
        time.Advance(TimeSpan.FromSeconds(5));
        var late = await Assert.ThrowsAsync<DataChannelException>(() => write);
        Assert.Equal((DataChannelFault.TimedOut, true), (late.Fault, late.IsOutcomeUnknown));

        // The late answer disturbs nobody.
        gated.Open();
        for (var i = 0; i < 10_000 && await FoundAsync(device) is null; i++)
        {
            // The write is still on its way into the device.
            await Task.Yield();
        }

        Assert.Equal(10, await FoundAsync(device));
        Assert.Single(fixture.Connector.Streams);

        // Now nothing comes any more at all.
        var stream = fixture.Connector.Streams[0];
        stream.StopReadAt = 0;
        var find = device.FindFragmentAsync(Samples.Id(1), default).AsTask();
        for (var i = 0; i < 40 && !find.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Samples.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return fixture.Connector.Streams.Count > 1;
            },
            "it connects again");
        fixture.Connector.Streams[0].Resume();
        await Task.WhenAny(find);
    }

    [Fact]
    public async Task UnreachablePeer_FailsCallsWhenTheirTimeIsUp_AsNotDone()
    {
        var time = new SimulatedTime();
        await using var fixture = ChannelFixture.InMemory(client: options =>
        {
            options.Time = time;
            options.RequestTimeout = TimeSpan.FromSeconds(4);
            options.Connections = 1;
        });
        await Samples.UntilAsync(() => fixture.Client.IsConnected, "a connection");
        fixture.Connector.IsDown = true;
        await fixture.Connector.Streams[0].DisposeAsync();
        await Samples.UntilAsync(() => fixture.Client is { IsConnected: false, LastFailure: not null }, "no connection");
        await using var device = fixture.Remote();
        var write = device.WriteFragmentAsync(Samples.Id(1), new byte[10], default).AsTask();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(write.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        var late = await Assert.ThrowsAsync<DataChannelException>(() => write);
        Assert.Equal((DataChannelFault.TimedOut, false), (late.Fault, late.IsOutcomeUnknown));
        Assert.NotNull(fixture.Client.LastFailure);
    }

    [Fact]
    public async Task Metrics_CountBothSides()
    {
        var sums = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "OrleansStorage.DataChannel")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        void Add(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags, double value)
        {
            lock (sums)
            {
                var key = $"{name} {tags[0].Value}";
                sums[key] = sums.GetValueOrDefault(key) + value;
            }
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, tags, value));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument.Name, tags, 1));
        listener.Start();
        await using (var fixture = ChannelFixture.InMemory())
        {
            await using var device = fixture.Remote();
            await device.WriteFragmentAsync(Samples.Id(1), new byte[100_000], default);
        }

        lock (sums)
        {
            foreach (var side in new[] { "client", "server" })
            {
                Assert.True(sums[$"channel.requests {side}"] >= 1);
                Assert.True(sums[$"channel.request.duration {side}"] >= 1);
                Assert.True(sums.ContainsKey($"channel.requests.inflight {side}") && sums.ContainsKey($"channel.connections {side}"));
            }

            Assert.True(sums["channel.bytes.sent client"] > 100_000);
            Assert.True(sums["channel.bytes.received server"] > 100_000);
        }
    }

    [Fact]
    public async Task Call_ContinuesOnTheSchedulerThatAwaitsIt()
    {
        await using var fixture = ChannelFixture.InMemory();
        await using var device = fixture.Remote();
        var exclusive = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await await Task.Factory.StartNew(
            async () =>
            {
                for (var i = 1; i <= 20; i++)
                {
                    await device.WriteFragmentAsync(Samples.Id(i), new byte[1_000], default);
                    Assert.Same(exclusive, TaskScheduler.Current);
                    await device.DeleteFragmentsAsync([Samples.Id(i)], default);
                    Assert.Same(exclusive, TaskScheduler.Current);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            exclusive);
    }

    private static async Task<int?> FoundAsync(RemoteDevice device) => await device.FindFragmentAsync(Samples.Id(1), default);
}
