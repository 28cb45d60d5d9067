using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Client;

/// <summary>What a network does to bytes never becomes what a caller reads or a device stores.</summary>
public sealed class FaultTests
{
    private const int PayloadBytes = 30_000;

    // What a client has read or written when the handshake is over.
    private const long ClientPrologue = Handshake.HelloBytes + Handshake.ProofBytes;
    private const long ServerPrologue = Handshake.HelloBytes + Handshake.VerdictBytes;
    private const int WriteBody = BodySizes.FragmentEntry;

    /// <summary>Offsets in a frame: each byte of the header, some of the body and the payload, and both ends of each.</summary>
    public static TheoryData<int> Positions
    {
        get
        {
            var data = new TheoryData<int>();
            for (var i = 0; i < FrameHeader.SizeBytes; i += 3)
            {
                data.Add(i);
            }

            int[] others =
            [
                63, 64, 70, FrameHeader.SizeBytes + WriteBody - 1, FrameHeader.SizeBytes + WriteBody, 5_000, 16 << 10, 20_000,
                FrameHeader.SizeBytes + WriteBody + PayloadBytes - 1,
            ];
            others.Where(i => i % 3 != 0 || i >= FrameHeader.SizeBytes).ToList().ForEach(data.Add);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task FlippedBit_InAWrite_StoresNothingWrong(int at)
    {
        await using var fixture = Create(stream => stream.FlipWrittenAt = ClientPrologue + at);
        await using var device = fixture.Unpolled();

        var lost = await Assert.ThrowsAnyAsync<DataChannelException>(
            async () => await device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default));

        Assert.True(lost.IsOutcomeUnknown);
        Assert.True(fixture.Connector.Streams[0].HasFlipped);
        await EventuallyAsync(() => device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default));
        await ReadsAsync(fixture.Device, 1);
        Assert.Equal(1, fixture.Device.Usage.Fragments);
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task FlippedBit_InAnAnswer_IsNeverRead(int at)
    {
        await using var fixture = Create(stream => stream.FlipReadAt = ServerPrologue + at);
        await fixture.Device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default);
        await using var device = fixture.Unpolled();

        await Assert.ThrowsAnyAsync<DataChannelException>(
            async () => await device.ReadFragmentAsync(Samples.Id(1), 0, new byte[PayloadBytes], default));

        Assert.True(fixture.Connector.Streams[0].HasFlipped);
        var read = new byte[PayloadBytes];
        await EventuallyAsync(() => device.ReadFragmentAsync(Samples.Id(1), 0, read, default));
        Assert.Equal(Samples.Bytes(1, PayloadBytes), read);
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task Cut_InsideAWrite_StoresAllOrNothing(int at)
    {
        await using var fixture = Create(stream => stream.CutWrittenAt = ClientPrologue + at);
        await using var device = fixture.Unpolled();

        var lost = await Assert.ThrowsAnyAsync<DataChannelException>(
            async () => await device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default));

        Assert.Equal((DataChannelFault.ConnectionLost, true), (lost.Fault, lost.IsOutcomeUnknown));
        Assert.Equal(0, fixture.Device.Usage.Fragments);
        await EventuallyAsync(() => device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default));
        await ReadsAsync(fixture.Device, 1);
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task Cut_InsideAnAnswer_FailsTheCall_AndTheNextOneWorks(int at)
    {
        await using var fixture = Create(stream => stream.CutReadAt = ServerPrologue + Math.Max(1, at));
        await fixture.Device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, PayloadBytes), default);
        await using var device = fixture.Unpolled();

        await Assert.ThrowsAnyAsync<DataChannelException>(
            async () => await device.ReadFragmentAsync(Samples.Id(1), 0, new byte[PayloadBytes], default));
        var read = new byte[PayloadBytes];
        await EventuallyAsync(() => device.ReadFragmentAsync(Samples.Id(1), 0, read, default));
        Assert.Equal(Samples.Bytes(1, PayloadBytes), read);
    }

    [Fact]
    public async Task RandomCuts_UnderLoad_NeverGiveWrongData()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var gate = new Lock();
        var (cuts, failed, done) = (0, 0, 0);
        await using var fixture = ChannelFixture.InMemory(ChannelFixture.Memory(64), client: options => options.Connections = 3);
        fixture.Connector.OnConnected = stream =>
        {
            lock (gate)
            {
                cuts++;
                stream.CutWrittenAt = ClientPrologue + random.Next(200_000);
                stream.CutReadAt = ServerPrologue + random.Next(200_000);
            }
        };
        await using var device = fixture.Remote();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            for (var i = 1; i <= 40; i++)
            {
                var id = (worker * 100) + i;
                try
                {
                    await device.WriteFragmentAsync(Samples.Id(id), Samples.Bytes(id, 8_000 + id), default);
                    var read = new byte[8_000 + id];
                    await device.ReadFragmentAsync(Samples.Id(id), 0, read, default);
                    Assert.True(read.AsSpan().SequenceEqual(Samples.Bytes(id, 8_000 + id)), $"seed {seed}: fragment {id} reads other bytes");
                    Interlocked.Increment(ref done);
                }
                catch (DataChannelException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        })));

        Assert.True(cuts > 10 && failed > 10 && done > 10, $"seed {seed}: {cuts} connections, {failed} failed, {done} done");
        foreach (var entry in await fixture.Device.ListFragmentsAsync(default, 10_000, default))
        {
            var id = (int)entry.Id.Blob.Sequence;
            Assert.Equal(8_000 + id, entry.SizeBytes);
            var read = new byte[entry.SizeBytes];
            await fixture.Device.ReadFragmentAsync(entry.Id, 0, read, default);
            Assert.True(read.AsSpan().SequenceEqual(Samples.Bytes(id, 8_000 + id)), $"seed {seed}: fragment {id} was stored wrong");
        }
    }

    [Fact]
    public async Task UnsentCalls_WaitForTheNextConnection()
    {
        await using var fixture = ChannelFixture.InMemory(client: options => options.Connections = 1);
        await using var device = fixture.Remote();
        await device.WriteFragmentAsync(Samples.Id(1), new byte[1], default);
        fixture.Connector.IsDown = true;
        await fixture.Connector.Streams[0].DisposeAsync();
        await Samples.UntilAsync(() => device.State == DeviceState.Unreachable, "unreachable");
        Assert.Equal(DeviceState.Unreachable, device.Health.State);
        Assert.NotNull(device.Health.Failure);

        var writes = Enumerable.Range(2, 20).Select(i => device.WriteFragmentAsync(Samples.Id(i), new byte[i], default).AsTask()).ToList();
        Assert.DoesNotContain(writes, write => write.IsCompleted);
        fixture.Connector.IsDown = false;
        await Task.WhenAll(writes);
        Assert.Equal(21, fixture.Device.Usage.Fragments);
        Assert.Equal(DeviceState.Healthy, device.State);
    }

    /// <summary>A fault on the first connection only, and nothing on it but the call of the test.</summary>
    private static ChannelFixture Create(Action<FaultyStream> fault)
    {
        var isFirst = 1;
        return ChannelFixture.InMemory(
            client: options =>
            {
                options.Connections = 1;
                options.BackoffMin = options.BackoffMax = TimeSpan.FromMilliseconds(1);
            },
            onConnected: stream =>
            {
                if (Interlocked.Exchange(ref isFirst, 0) == 1)
                {
                    fault(stream);
                }
            });
    }

    private static async Task EventuallyAsync(Func<ValueTask> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (DataChannelException e) when (e.IsTransient)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task ReadsAsync(IDevice device, int of)
    {
        var read = new byte[PayloadBytes];
        await device.ReadFragmentAsync(Samples.Id(of), 0, read, default);
        Assert.Equal(Samples.Bytes(of, PayloadBytes), read);
    }
}
