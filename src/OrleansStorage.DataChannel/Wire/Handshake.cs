using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OrleansStorage.DataChannel.Wire;

/// <summary>Shows both sides that the other knows the cluster secret, before anything else is listened to.</summary>
/// <remarks>
/// Four messages of fixed length, little-endian:
/// <code>
/// client hello (64)   0 "OSDC"   4 lowest version (u16)   6 highest version (u16)   8 zero   32 nonce (32)
/// server hello (64)   0 "OSDC"   4 version (u16)   6 verdict (u16)   8 requests in flight (u32)   12 zero
///                    16 bytes in flight (u64)   24 lowest (u16)   26 highest version (u16)   28 zero   32 nonce (32)
/// client proof (32)   HMAC-SHA256 over "ostor-dc client\0", both hellos, and what TLS the connection has
/// verdict (40)        0 verdict (u16)   2 zero   8 HMAC-SHA256 over "ostor-dc server\0", the same, and the client's proof
/// </code>
/// A proof holds for the two nonces, the versions and limits agreed on, its direction, and (with TLS) the server's
/// certificate. Without TLS the secret keeps strangers out, but who can change packets can change what follows.
/// </remarks>
internal static class Handshake
{
    public const int HelloBytes = 64;
    public const int ProofBytes = 32;
    public const int VerdictBytes = 40;
    public const int BindingBytes = 32;
    public const int SecretBytesMin = 16;
    public const ushort Version = 1;

    private const uint Magic = 0x4344_534F;
    private const int NonceAt = 32;

    private static ReadOnlySpan<byte> ClientLabel => "ostor-dc client\0"u8;

    private static ReadOnlySpan<byte> ServerLabel => "ostor-dc server\0"u8;

    public static byte[] ClientHello(Action<Span<byte>> fillRandom, ushort lowest = Version, ushort highest = Version)
    {
        var hello = new byte[HelloBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(4), lowest);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(6), highest);
        fillRandom(hello.AsSpan(NonceAt));
        return hello;
    }

    public static byte[] ServerHello(HandshakeVerdict verdict, in ChannelLimits limits, Action<Span<byte>> fillRandom)
    {
        var hello = new byte[HelloBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(6), (ushort)verdict);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(8), limits.Requests);
        BinaryPrimitives.WriteInt64LittleEndian(hello.AsSpan(16), limits.Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(24), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(hello.AsSpan(26), Version);
        fillRandom(hello.AsSpan(NonceAt));
        return hello;
    }

    /// <summary>Whether a client speaks a version that this server speaks.</summary>
    /// <exception cref="FrameException">It is no client of ours.</exception>
    public static HandshakeVerdict CheckClient(ReadOnlySpan<byte> hello)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(hello) != Magic)
        {
            throw new FrameException("The connection does not begin like a data channel.");
        }

        var lowest = BinaryPrimitives.ReadUInt16LittleEndian(hello[4..]);
        var highest = BinaryPrimitives.ReadUInt16LittleEndian(hello[6..]);
        return lowest <= Version && Version <= highest ? HandshakeVerdict.Welcome : HandshakeVerdict.Version;
    }

    /// <summary>What the server says, and what it takes at most.</summary>
    /// <exception cref="FrameException">It is no server of ours.</exception>
    public static (HandshakeVerdict Verdict, ChannelLimits Limits) ReadServer(ReadOnlySpan<byte> hello)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(hello) != Magic)
        {
            throw new FrameException("The peer is no data channel.");
        }

        var verdict = (HandshakeVerdict)BinaryPrimitives.ReadUInt16LittleEndian(hello[6..]);
        var limits = new ChannelLimits(
            BinaryPrimitives.ReadInt32LittleEndian(hello[8..]), BinaryPrimitives.ReadInt64LittleEndian(hello[16..]));
        if (verdict == HandshakeVerdict.Welcome
            && (BinaryPrimitives.ReadUInt16LittleEndian(hello[4..]) != Version || limits.Requests < 1 || limits.Bytes < 1))
        {
            throw new FrameException("The peer answers what nobody asked for.");
        }

        return (verdict, limits);
    }

    public static byte[] ClientProof(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> clientHello, ReadOnlySpan<byte> serverHello, ReadOnlySpan<byte> binding) =>
        Mac(secret, ClientLabel, clientHello, serverHello, binding, []);

    public static byte[] ServerProof(
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> clientHello,
        ReadOnlySpan<byte> serverHello,
        ReadOnlySpan<byte> binding,
        ReadOnlySpan<byte> clientProof) =>
        Mac(secret, ServerLabel, clientHello, serverHello, binding, clientProof);

    public static byte[] Verdict(HandshakeVerdict verdict, ReadOnlySpan<byte> proof)
    {
        var message = new byte[VerdictBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(message, (ushort)verdict);
        proof.CopyTo(message.AsSpan(8));
        return message;
    }

    public static (HandshakeVerdict Verdict, byte[] Proof) ReadVerdict(ReadOnlySpan<byte> message) =>
        ((HandshakeVerdict)BinaryPrimitives.ReadUInt16LittleEndian(message), message[8..].ToArray());

    /// <summary>Compares proofs in a time that says nothing of where they differ.</summary>
    public static bool IsSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        CryptographicOperations.FixedTimeEquals(left, right);

    private static byte[] Mac(
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> clientHello,
        ReadOnlySpan<byte> serverHello,
        ReadOnlySpan<byte> binding,
        ReadOnlySpan<byte> clientProof)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        mac.AppendData(label);
        mac.AppendData(clientHello);
        mac.AppendData(serverHello);
        mac.AppendData(binding);
        mac.AppendData(clientProof);
        return mac.GetHashAndReset();
    }
}

/// <summary>What a server says to a client that introduces itself. Values travel.</summary>
internal enum HandshakeVerdict : ushort
{
    /// <summary>It may go on.</summary>
    Welcome = 0,

    /// <summary>There is no version that both speak.</summary>
    Version = 1,

    /// <summary>It does not know the secret.</summary>
    Secret = 2,
}

/// <summary>What may be in flight on one connection.</summary>
/// <param name="Requests">Requests without an answer.</param>
/// <param name="Bytes">Bytes of payload that they carry or ask for.</param>
internal readonly record struct ChannelLimits(int Requests, long Bytes);
