using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OrleansStorage.S3.Requests;

/// <summary>Ids of requests: 16 hex digits, unique within the process and unlikely to meet those of another.</summary>
internal sealed class RequestIds
{
    private ulong _last = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>The next id.</summary>
    public string Next()
    {
        // The finalizer of SplitMix64: a bijection, so ids differ as the counter does, and do not look like it.
        var value = Interlocked.Increment(ref _last);
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        value ^= value >> 31;

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Convert.ToHexString(bytes);
    }
}
