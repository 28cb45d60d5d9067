using System.Buffers;
using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>
/// What to read so that a range of a payload can be verified: the whole checksum blocks that it touches. The range itself goes
/// straight into the caller's buffer, the rest of the first and of the last block into scratch memory.
/// </summary>
internal readonly struct VerifiedRange
{
    private readonly byte[] _scratch;
    private readonly int _headerLength;
    private readonly int _prefix;
    private readonly int _suffix;
    private readonly Memory<byte> _destination;

    public VerifiedRange(int headerLength, int payloadLength, int from, Memory<byte> destination)
    {
        const int block = RecordHeader.ChecksumBlockBytes;
        var to = from + destination.Length;
        var last = Math.Min(payloadLength, (to + block - 1) / block * block);
        FirstBlock = from / block;
        _headerLength = headerLength;
        _prefix = from % block;
        _suffix = last - to;
        _destination = destination;
        _scratch = ArrayPool<byte>.Shared.Rent(headerLength + _prefix + _suffix);
    }

    /// <summary>Index of the first checksum block.</summary>
    public int FirstBlock { get; }

    /// <summary>The record's header with its checksums.</summary>
    public Memory<byte> Header => _scratch.AsMemory(0, _headerLength);

    /// <summary>The payload's bytes.</summary>
    public ReadBuffers Buffers =>
        new(_scratch.AsMemory(_headerLength, _prefix), _destination, _scratch.AsMemory(_headerLength + _prefix, _suffix));

    /// <summary>Header and payload in one read; for ranges that begin in the first checksum block.</summary>
    public ReadBuffers BuffersWithHeader => Buffers with { Head = _scratch.AsMemory(0, _headerLength + _prefix) };

    public void Return() => ArrayPool<byte>.Shared.Return(_scratch);
}
