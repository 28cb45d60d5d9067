using System.Net.Security;
using System.Security.Cryptography;
using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel.Server;

/// <summary>Finds out whether who connects is one of the cluster, and shows that this side is.</summary>
internal static class ServerHandshake
{
    /// <summary>Begins TLS when it is asked for, and exchanges proofs. Reads nothing but messages of fixed length.</summary>
    /// <returns>The stream to use from now on.</returns>
    /// <exception cref="FrameException">The peer is not one of the cluster, or of another version.</exception>
    public static async Task<Stream> RunAsync(
        Stream transport, byte[] secret, DataChannelServerOptions options, CancellationToken cancellationToken)
    {
        var stream = transport;
        var binding = new byte[Handshake.BindingBytes];
        if (options.Tls is { } tls)
        {
            var secured = new SslStream(transport, leaveInnerStreamOpen: false);
            await secured.AuthenticateAsServerAsync(tls, cancellationToken);
            SHA256.HashData(secured.LocalCertificate!.GetRawCertData(), binding);
            stream = secured;
        }

        await ProveAsync(stream, secret, binding, options, cancellationToken);
        return stream;
    }

    private static async Task ProveAsync(
        Stream stream, byte[] secret, byte[] binding, DataChannelServerOptions options, CancellationToken cancellationToken)
    {
        var clientHello = new byte[Handshake.HelloBytes];
        await stream.ReadAllAsync(clientHello, cancellationToken);
        var verdict = Handshake.CheckClient(clientHello);
        var limits = new ChannelLimits(options.InFlightMax, options.InFlightBytesMax);
        var hello = Handshake.ServerHello(verdict, limits, options.FillRandom);
        await stream.WriteAsync(hello, cancellationToken);
        if (verdict != HandshakeVerdict.Welcome)
        {
            throw new FrameException("The client does not speak this version.");
        }

        var proof = new byte[Handshake.ProofBytes];
        await stream.ReadAllAsync(proof, cancellationToken);
        if (!Handshake.IsSame(proof, Handshake.ClientProof(secret, clientHello, hello, binding)))
        {
            await stream.WriteAsync(Handshake.Verdict(HandshakeVerdict.Secret, []), cancellationToken);
            throw new FrameException("The client does not know the cluster secret.");
        }

        var own = Handshake.ServerProof(secret, clientHello, hello, binding, proof);
        await stream.WriteAsync(Handshake.Verdict(HandshakeVerdict.Welcome, own), cancellationToken);
    }
}
