using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Fragments;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Server;

public sealed class BackPressureTests
{
    [Fact]
    public async Task Client_KeepsToItsCredit_AndTheRestWaits()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options =>
        {
            options.Connections = 2;
            options.InFlightMax = 3;
            options.WaitingMax = 10;
        });
        await using var device = fixture.Unpolled();
        var writes = Enumerable.Range(1, 6).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[100], default).AsTask()).ToList();
        await gated.EnteredAsync(6);
        writes.AddRange(Enumerable.Range(7, 10).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[100], default).AsTask()));

        await Assert.ThrowsAsync<DeviceBusyException>(async () => await device.WriteFragmentAsync(Samples.Id(99), new byte[100], default));
        Assert.Equal(6, gated.InsideMax);
        gated.Open();
        await Task.WhenAll(writes);
        Assert.Equal(16, fixture.Device.Usage.Fragments);
    }

    [Fact]
    public async Task Bytes_AreBoundedToo_AndALargeRequestGoesAlone()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, client: options =>
        {
            options.Connections = 1;
            options.InFlightBytesMax = 100_000;
        });
        await using var device = fixture.Remote();
        var writes = Enumerable.Range(1, 8).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[40_000], default).AsTask()).ToList();
        writes.Add(device.WriteFragmentAsync(Samples.Id(9), new byte[300_000], default).AsTask());
        await gated.EnteredAsync(2);
        gated.Open();
        await Task.WhenAll(writes);
        Assert.True(gated.BytesMax <= 300_000, $"{gated.BytesMax} bytes at once");
        Assert.Equal(9, fixture.Device.Usage.Fragments);
    }

    [Fact]
    public async Task Server_DoesNotReadWhatItHasNoCreditFor()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(gated, server: options => options.InFlightMax = 4, pipeBytes: 8 << 10);
        await using var peer = await RawPeer.ConnectAsync(fixture.Connector);
        var sending = SendManyAsync(peer, gated.Identity.Id, 100, 4_000);
        await gated.EnteredAsync(4);

        // The peer is stuck in the fifth frame or a little behind it, and the server holds no more than four.
        var stream = fixture.Connector.Streams[^1];
        Assert.False(sending.IsCompleted);
        Assert.True(stream.Written < 4_200L * 12, $"{stream.Written} bytes left the peer");
        Assert.True(fixture.Server.Status.InFlightBytes <= 4 * 4_000);
        gated.Open();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(AnswerStatus.Done, (await peer.ReceiveAsync())!.Value.Header.Status);
        }

        await sending;
        Assert.True(gated.InsideMax <= 4, $"{gated.InsideMax} at once");
    }

    [Fact]
    public async Task SlowReader_HoldsBoundedMemory_AndIsCutOffWhenItStalls()
    {
        var time = new Devices.Tests.Simulation.SimulatedTime();
        await using var fixture = ChannelFixture.InMemory(
            server: options =>
            {
                options.InFlightBytesMax = 100_000;
                options.StallTimeout = TimeSpan.FromSeconds(9);
                options.IdleTimeout = TimeSpan.FromHours(1);
                options.Time = time;
            },
            pipeBytes: 8 << 10);
        await fixture.Device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, 40_000), default);
        await using var peer = await RawPeer.ConnectAsync(fixture.Connector);
        var reads = SendReadsAsync(peer, fixture.Device.Identity.Id, 2_000, 40_000);

        await Samples.UntilAsync(() => fixture.Server.Status.InFlightBytes == 80_000, "two answers are in flight");
        Assert.False(reads.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(20));
        await Samples.UntilAsync(() => fixture.Closed.Contains("The peer does not take its answers."), "it is cut off");
        await Samples.UntilAsync(() => fixture.Server.Status.InFlightBytes == 0, "nothing is left of it");
        await Assert.ThrowsAnyAsync<IOException>(() => reads);
    }

    [Fact]
    public async Task AllConnectionsTogether_AreBounded()
    {
        var gated = new GatedDevice(ChannelFixture.Memory());
        await using var fixture = ChannelFixture.InMemory(
            gated,
            server: options =>
            {
                options.InFlightBytesMax = 100_000;
                options.TotalBytesMax = 100_000;
            },
            client: options => options.Connections = 4);
        await using var device = fixture.Remote();
        await Samples.UntilAsync(() => fixture.Server.Status.Connections == 4, "four connections");
        var writes = Enumerable.Range(1, 20).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[30_000], default).AsTask()).ToList();
        await gated.EnteredAsync(3);
        gated.Open();
        await Task.WhenAll(writes);
        Assert.True(gated.BytesMax <= 90_000, $"{gated.BytesMax} bytes at once");
        await Samples.UntilAsync(() => fixture.Server.Status.InFlightBytes == 0, "all is given back");
    }

    private static async Task SendManyAsync(RawPeer peer, Guid device, int count, int length)
    {
        for (var i = 1; i <= count; i++)
        {
            var body = Lists.Write([new FragmentEntry(Samples.Id(i), length)]);
            var header = new FrameHeader
            {
                Operation = Operation.WriteFragments,
                RequestId = (ulong)i,
                Device = device,
                Group = 1,
                BodyBytes = body.Length,
                PayloadBytes = length,
            };
            await peer.SendAsync(RawPeer.Frame(header, body, new byte[length]));
        }
    }

    private static async Task SendReadsAsync(RawPeer peer, Guid device, int count, int length)
    {
        for (var i = 1; i <= count; i++)
        {
            var body = new byte[BodySizes.FragmentId + 8];
            var writer = new BodyWriter(body);
            writer.FragmentId(Samples.Id(1));
            writer.I32(0);
            writer.I32(length);
            var header = new FrameHeader
            {
                Operation = Operation.ReadFragment,
                RequestId = (ulong)i,
                Device = device,
                Group = 1,
                BodyBytes = body.Length,
            };
            await peer.SendAsync(RawPeer.Frame(header, body, []));
        }
    }

}
