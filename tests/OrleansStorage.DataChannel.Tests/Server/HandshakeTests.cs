using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Server;

public sealed class HandshakeTests
{
    private static readonly byte[] OtherSecret = "another secret, of some length"u8.ToArray();

    [Fact]
    public async Task WrongSecret_IsRefused_AtOnceAndInWords()
    {
        await using var fixture = ChannelFixture.InMemory(client: options => options.Secret = OtherSecret);
        await using var device = fixture.Remote();

        var refused = await Assert.ThrowsAsync<DataChannelException>(
            async () => await device.WriteFragmentAsync(Samples.Id(1), new byte[10], default));
        Assert.Equal((DataChannelFault.SecretRefused, false), (refused.Fault, refused.IsOutcomeUnknown));
        Assert.Equal(0, fixture.Device.Usage.Fragments);
        Assert.Contains("The client does not know the cluster secret.", fixture.Closed);
        Assert.Equal(0, fixture.Server.Status.Connections);
    }

    [Fact]
    public async Task ServerWithoutTheSecret_IsNotTrusted()
    {
        var (client, server) = DuplexMemoryStream.CreatePair(4096, false);
        var attempt = ClientHandshake.RunAsync(client, ChannelFixture.Secret, ChannelFixture.ClientOptions(), default);
        var hello = new byte[Handshake.HelloBytes];
        await server.ReadExactlyAsync(hello);
        var answer = Handshake.ServerHello(HandshakeVerdict.Welcome, new ChannelLimits(1, 1), nonce => nonce.Clear());
        await server.WriteAsync(answer);
        var proof = new byte[Handshake.ProofBytes];
        await server.ReadExactlyAsync(proof);

        // The best that it has: what the client itself sent.
        await server.WriteAsync(Handshake.Verdict(HandshakeVerdict.Welcome, proof));

        Assert.Equal(DataChannelFault.SecretRefused, (await Assert.ThrowsAsync<DataChannelException>(() => attempt)).Fault);
    }

    [Fact]
    public async Task ProofOfAnotherConnection_IsWorthless()
    {
        await using var fixture = ChannelFixture.InMemory();
        byte[]? hello = null;
        byte[]? proof = null;
        for (var i = 0; i < 2; i++)
        {
            var stream = await fixture.Connector.ConnectAsync(default);
            hello ??= Handshake.ClientHello(nonce => nonce.Fill(1));
            await stream.WriteAsync(hello);
            var serverHello = new byte[Handshake.HelloBytes];
            await stream.ReadExactlyAsync(serverHello);
            proof ??= Handshake.ClientProof(ChannelFixture.Secret, hello, serverHello, new byte[Handshake.BindingBytes]);
            await stream.WriteAsync(proof);
            var verdict = new byte[Handshake.VerdictBytes];
            await stream.ReadExactlyAsync(verdict);
            Assert.Equal(i == 0 ? HandshakeVerdict.Welcome : HandshakeVerdict.Secret, Handshake.ReadVerdict(verdict).Verdict);
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public void Proof_HoldsForEveryByteOfWhatWasAgreed()
    {
        var client = Handshake.ClientHello(nonce => nonce.Fill(1));
        var server = Handshake.ServerHello(HandshakeVerdict.Welcome, new ChannelLimits(1, 2), nonce => nonce.Fill(2));
        var binding = new byte[Handshake.BindingBytes];
        var proof = Handshake.ClientProof(ChannelFixture.Secret, client, server, binding);
        Assert.NotEqual(proof, Handshake.ServerProof(ChannelFixture.Secret, client, server, binding, []));
        foreach (var part in new[] { client, server, binding })
        {
            for (var i = 0; i < part.Length; i++)
            {
                part[i] ^= 1;
                Assert.NotEqual(proof, Handshake.ClientProof(ChannelFixture.Secret, client, server, binding));
                part[i] ^= 1;
            }
        }

        Assert.Equal(proof, Handshake.ClientProof(ChannelFixture.Secret, client, server, binding));
    }

    [Fact]
    public async Task NewerClient_IsToldSo_AndClosed()
    {
        await using var fixture = ChannelFixture.InMemory();
        var stream = await fixture.Connector.ConnectAsync(default);
        await stream.WriteAsync(Handshake.ClientHello(nonce => nonce.Clear(), lowest: 2, highest: 3));
        var hello = new byte[Handshake.HelloBytes];
        await stream.ReadExactlyAsync(hello);

        Assert.Equal(HandshakeVerdict.Version, Handshake.ReadServer(hello).Verdict);
        Assert.Equal(0, await stream.ReadAsync(hello));
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task ServerOfAnotherVersion_FailsCallsAtOnce()
    {
        await using var transport = new MemoryTransport();
        await using var client = new DataChannelClient(transport, ChannelFixture.ClientOptions());
        var stop = new CancellationTokenSource();
        var answering = AnswerAsync(transport, stop.Token);

        var refused = await Assert.ThrowsAsync<DataChannelException>(async () => await client.ListDevicesAsync(default));
        Assert.Equal(DataChannelFault.VersionRefused, refused.Fault);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
        stop.Dispose();

        static async Task AnswerAsync(MemoryTransport transport, CancellationToken stop)
        {
            while (await transport.AcceptAsync(stop) is { } stream)
            {
                await stream.ReadExactlyAsync(new byte[Handshake.HelloBytes], stop);
                await stream.WriteAsync(Handshake.ServerHello(HandshakeVerdict.Version, default, nonce => nonce.Clear()), stop);
                await stream.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Strangers_AreLimitedInNumberAndTime()
    {
        var time = new SimulatedTime();
        await using var transport = new MemoryTransport();
        await using var server = new DataChannelServer(new DataChannelServerOptions
        {
            Secret = ChannelFixture.Secret,
            UnauthenticatedMax = 3,
            HandshakeTimeout = TimeSpan.FromSeconds(7),
            Time = time,
        });
        server.Listen(transport);
        List<Stream> strangers = [];
        for (var i = 0; i < 3; i++)
        {
            strangers.Add(await transport.ConnectAsync(default));
        }

        await Samples.UntilAsync(() => server.Status.Unauthenticated == 3, "three strangers");
        var fourth = await transport.ConnectAsync(default);
        Assert.Equal(0, await fourth.ReadAsync(new byte[1]));
        Assert.Equal(3, server.Status.Unauthenticated);

        // One says nothing, one says half of a hello, one stops before its proof.
        await strangers[1].WriteAsync(new byte[30]);
        await strangers[2].WriteAsync(Handshake.ClientHello(nonce => nonce.Clear()));
        await strangers[2].ReadExactlyAsync(new byte[Handshake.HelloBytes]);
        foreach (var stranger in strangers)
        {
            // Again and again: the server may begin to count a little later than the stranger came.
            var end = stranger.ReadAsync(new byte[1]).AsTask();
            await Samples.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return end.IsCompleted;
                },
                "the stranger is cut off");
            Assert.Equal(0, await end);
        }

        await Samples.UntilAsync(() => server.Status.Unauthenticated == 0, "no stranger");
        await (await RawPeer.ConnectAsync(transport)).DisposeAsync();
    }

    [Fact]
    public async Task NoChannelAtAll_IsClosedAfterItsFirstBytes()
    {
        await using var fixture = ChannelFixture.InMemory();
        var stream = await fixture.Connector.ConnectAsync(default);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: somebody else\r\n\r\n"u8.ToArray());
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        await stream.DisposeAsync();
    }

    [Fact]
    public void ShortSecret_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new DataChannelServer(new DataChannelServerOptions { Secret = new byte[15] }));
        Assert.Throws<ArgumentException>(
            () => new DataChannelClient(new MemoryTransport(), new DataChannelClientOptions { Secret = new byte[15] }));
    }
}
