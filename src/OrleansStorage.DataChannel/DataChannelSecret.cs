using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel;

/// <summary>The rules for a cluster secret.</summary>
internal static class DataChannelSecret
{
    public static byte[] Check(ReadOnlyMemory<byte> secret) => secret.Length >= Handshake.SecretBytesMin
        ? secret.ToArray()
        : throw new ArgumentException($"A cluster secret has at least {Handshake.SecretBytesMin} bytes.", nameof(secret));
}
