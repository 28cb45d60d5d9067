using System.Net.Security;
using System.Security.Cryptography;
using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel.Client;

/// <summary>Turns a fresh connection into one that both sides trust.</summary>
internal static class ClientHandshake
{
    /// <summary>Begins TLS when it is asked for, and proves the secret.</summary>
    /// <returns>The stream to use from now on, and what the peer takes.</returns>
    /// <exception cref="DataChannelException">The two do not fit.</exception>
    public static async Task<(Stream Stream, ChannelLimits Limits)> RunAsync(
        Stream transport, byte[] secret, DataChannelClientOptions options, CancellationToken cancellationToken)
    {
        var stream = transport;
        var binding = new byte[Handshake.BindingBytes];
        if (options.Tls is { } tls)
        {
            var secured = new SslStream(transport, leaveInnerStreamOpen: false);
            await secured.AuthenticateAsClientAsync(tls, cancellationToken);
            SHA256.HashData(secured.RemoteCertificate!.GetRawCertData(), binding);
            stream = secured;
        }

        return (stream, await ProveAsync(stream, secret, binding, options.FillRandom, cancellationToken));
    }

    private static async Task<ChannelLimits> ProveAsync(
        Stream stream, byte[] secret, byte[] binding, Action<Span<byte>> fillRandom, CancellationToken cancellationToken)
    {
        var hello = Handshake.ClientHello(fillRandom);
        await stream.WriteAsync(hello, cancellationToken);
        var serverHello = new byte[Handshake.HelloBytes];
        await stream.ReadAllAsync(serverHello, cancellationToken);
        var (verdict, limits) = Handshake.ReadServer(serverHello);
        ThrowUnlessWelcome(verdict);

        var proof = Handshake.ClientProof(secret, hello, serverHello, binding);
        await stream.WriteAsync(proof, cancellationToken);
        var message = new byte[Handshake.VerdictBytes];
        await stream.ReadAllAsync(message, cancellationToken);
        var (second, serverProof) = Handshake.ReadVerdict(message);
        ThrowUnlessWelcome(second);
        var isKnown = Handshake.IsSame(serverProof, Handshake.ServerProof(secret, hello, serverHello, binding, proof));
        ThrowUnlessWelcome(isKnown ? HandshakeVerdict.Welcome : HandshakeVerdict.Secret);
        return limits;
    }

    private static void ThrowUnlessWelcome(HandshakeVerdict verdict)
    {
        switch (verdict)
        {
            case HandshakeVerdict.Welcome:
                return;
            case HandshakeVerdict.Version:
                throw new DataChannelException(
                    DataChannelFault.VersionRefused, false, $"The peer does not speak version {Handshake.Version} of the data channel.");
            default:
                throw new DataChannelException(
                    DataChannelFault.SecretRefused, false, "The peer and this process do not have the same cluster secret.");
        }
    }
}
