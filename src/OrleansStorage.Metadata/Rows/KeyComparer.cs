using System.Runtime.InteropServices;

namespace OrleansStorage.Metadata.Rows;

/// <summary>Encoded keys by their bytes. The hash is the runtime's keyed one: clients choose keys.</summary>
internal sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static KeyComparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(alternate));
        return (alternate.Length & 1) == 0 ? hash : (hash * 397) ^ alternate[^1];
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
