using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Server;

public sealed class MalformedFrameTests
{
    private const int FuzzedBodies = 200_000;
    private const int FuzzedFrames = 30_000;
    private const int FramesPerConnection = 3;

    // Ends any body that was begun, and is no header.
    private static readonly byte[] Padding = new byte[FrameHeader.BodyBytesMax + FrameHeader.SizeBytes];

    public static TheoryData<string, string> Malformed => new()
    {
        { "oversize payload", "longer than" },
        { "oversize body", "longer than" },
        { "answer", "sends no answers" },
        { "foreign group", "not of group" },
        { "short body", "does not end with an entry" },
        { "long body", "longer than what it says" },
        { "payload of another length", "brings" },
        { "payload where none belongs", "brings" },
        { "goodbye", "is no request" },
        { "read of too much", "says" },
        { "list of nothing", "names 0" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task MalformedFrame_ClosesTheConnection_WithAReason(string what, string why)
    {
        await using var fixture = ChannelFixture.InMemory();
        await using var peer = await RawPeer.ConnectAsync(fixture.Connector);
        await peer.SendAsync(Bad(what, fixture.Device.Identity.Id));

        var goodbye = await peer.ReceiveAsync();
        Assert.Equal(Operation.Goodbye, goodbye!.Value.Header.Operation);
        Assert.Contains(why, System.Text.Encoding.UTF8.GetString(goodbye.Value.Body), StringComparison.Ordinal);
        Assert.Null(await peer.ReceiveAsync());
        await Samples.UntilAsync(() => fixture.Closed.Any(reason => reason.Contains(why, StringComparison.Ordinal)), "the reason is told");
        Assert.Equal(0, fixture.Server.Status.InFlightBytes);
        await using var device = fixture.Remote();
        await device.WriteFragmentAsync(Samples.Id(1), new byte[1], default);
    }

    /// <summary>
    /// Goal: whatever an authenticated peer sends, the server neither falls nor keeps anything. Method: good frames with some bytes changed,
    /// most of them with right checksums, a few for each connection; then a good client.
    /// </summary>
    [Fact]
    public async Task FuzzedFrames_NeverHurtTheServer()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        await using var fixture = ChannelFixture.InMemory(ChannelFixture.Memory(16));
        await fixture.Device.WriteFragmentAsync(Samples.Id(1_000_000), Samples.Bytes(7, 5_000), default);
        var (frames, connections, answers) = (0, 0, 0);
        while (frames < FuzzedFrames)
        {
            await using var peer = await RawPeer.ConnectAsync(fixture.Connector);
            connections++;
            var counting = CountAnswersAsync(peer);
            try
            {
                for (var i = 0; i < FramesPerConnection; i++, frames++)
                {
                    await peer.SendAsync(Fuzz.Frame(random, fixture.Device.Identity.Id));
                }

                await peer.SendAsync(Padding);
            }
            catch (IOException)
            {
                // It was closed.
            }

            answers += await counting;
        }

        Assert.True(connections > 1_000 && answers > 1_000, $"seed {seed}: {connections} connections, {answers} answers");
        await Samples.UntilAsync(() => fixture.Server.Status is { Connections: <= 2, Unauthenticated: 0, InFlightBytes: 0 }, $"idle; seed {seed}");
        await using var device = fixture.Remote();
        var read = new byte[5_000];
        await device.ReadFragmentAsync(Samples.Id(1_000_000), 0, read, default);
        Assert.Equal(Samples.Bytes(7, 5_000), read);
    }

    [Fact]
    public void FuzzedBodies_AreParsedOrRefused()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var (parsed, refused) = (0, 0);
        for (var i = 0; i < FuzzedBodies; i++)
        {
            try
            {
                var frame = Fuzz.Frame(random, default);
                var header = FrameHeader.Parse(frame);
                ServerRequest.Parse(header, frame.AsSpan(FrameHeader.SizeBytes)[..Math.Min(header.BodyBytes, frame.Length - FrameHeader.SizeBytes)]);
                parsed++;
            }
            catch (FrameException)
            {
                refused++;
            }
        }

        Assert.True(parsed > 1_000 && refused > 1_000, $"seed {seed}: {parsed} parsed, {refused} refused");
    }

    private static async Task<int> CountAnswersAsync(RawPeer peer)
    {
        var count = 0;
        try
        {
            while (await peer.ReceiveAsync() is { } answer)
            {
                count += answer.Header.Operation == Operation.Goodbye ? 0 : 1;
            }
        }
        catch (ObjectDisposedException)
        {
            // The test has gone on.
        }

        return count;
    }

    private static byte[] Bad(string what, Guid device)
    {
        var write = new FrameHeader { Operation = Operation.WriteFragments, RequestId = 1, Device = device, Group = 1 };
        var body = Lists.Write([new FragmentEntry(Samples.Id(1), 100)]);
        byte[] Frame(FrameHeader header, byte[] b, int payload) =>
            RawPeer.Frame(header with { BodyBytes = b.Length, PayloadBytes = payload }, b, new byte[payload]);
        switch (what)
        {
            case "oversize payload":
                return RawPeer.Frame(write with { PayloadBytes = FrameHeader.PayloadBytesMax + 1 }, [], []);
            case "oversize body":
                return RawPeer.Frame(write with { BodyBytes = FrameHeader.BodyBytesMax + 1 }, [], []);
            case "answer":
                return RawPeer.Frame(write with { IsAnswer = true }, [], []);
            case "foreign group":
                return Frame(write with { Group = 2 }, body, 100);
            case "short body":
                return Frame(write, body[..^1], 100);
            case "long body":
                return Frame(new FrameHeader { Operation = Operation.FenceExtent, Device = device }, new byte[25], 0);
            case "payload of another length":
                return Frame(write, body, 99);
            case "payload where none belongs":
                return Frame(new FrameHeader { Operation = Operation.Ping }, [], 10);
            case "goodbye":
                return Frame(new FrameHeader { Operation = Operation.Goodbye }, [], 0);
            case "read of too much":
                var read = new byte[BodySizes.FragmentId + 8];
                var writer = new BodyWriter(read);
                writer.FragmentId(Samples.Id(1));
                writer.I32(0);
                writer.I32(FragmentId.SizeMaxBytes + 1);
                return Frame(write with { Operation = Operation.ReadFragment }, read, 0);
            default:
                var list = new byte[BodySizes.ExtentId + 4];
                new BodyWriter(list).ExtentId(new ExtentId(1, 1));
                return Frame(new FrameHeader { Operation = Operation.ListExtents, Device = device }, list, 0);
        }
    }
}
