using System.Buffers.Binary;

namespace OrleansStorage.Bench.Erasure;

/// <summary>Data without repetitions, the same in every run.</summary>
internal struct Xorshift(ulong seed)
{
    private ulong _state = seed;

    public void Fill(Span<byte> destination)
    {
        for (; destination.Length >= sizeof(ulong); destination = destination[sizeof(ulong)..])
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            BinaryPrimitives.WriteUInt64LittleEndian(destination, _state);
        }
    }
}
