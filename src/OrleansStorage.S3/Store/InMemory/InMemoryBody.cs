namespace OrleansStorage.S3.Store.InMemory;

/// <summary>Bytes in blocks. Grows while it is written; not changed afterwards.</summary>
internal sealed class InMemoryBody(long? lengthHint)
{
    private const int BlockBytesMax = 1 << 20;
    private const int BlockBytesUnknown = 64 * 1024;

    private readonly List<ArraySegment<byte>> _blocks = [];
    private byte[] _open = [];
    private int _count;

    /// <summary>Number of bytes.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>The bytes that were accepted since the block began.</summary>
    public ReadOnlyMemory<byte> LastAccepted { get; private set; }

    /// <summary>Length of several bodies together.</summary>
    public static long LengthOf(List<InMemoryBody> bodies)
    {
        var length = 0L;
        foreach (var body in bodies)
        {
            length += body.LengthBytes;
        }

        return length;
    }

    /// <summary>Room for more bytes.</summary>
    public Memory<byte> GetMemory()
    {
        if (_count == _open.Length)
        {
            Close();
            var rest = lengthHint - LengthBytes ?? BlockBytesUnknown;
            _open = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(rest, 1, BlockBytesMax));
        }

        return _open.AsMemory(_count);
    }

    /// <summary>Accepts bytes that were put into the room.</summary>
    public void Advance(int count)
    {
        LastAccepted = _open.AsMemory(_count, count);
        _count += count;
        LengthBytes += count;
    }

    /// <summary>No more bytes come.</summary>
    public void Close()
    {
        if (_count > 0)
        {
            _blocks.Add(new ArraySegment<byte>(_open, 0, _count));
        }

        _open = [];
        _count = 0;
    }

    /// <summary>The pieces of a range, in order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Read(long offsetBytes, long lengthBytes)
    {
        foreach (var block in _blocks)
        {
            if (lengthBytes == 0)
            {
                yield break;
            }

            if (offsetBytes >= block.Count)
            {
                offsetBytes -= block.Count;
                continue;
            }

            var take = (int)Math.Min(block.Count - offsetBytes, lengthBytes);
            yield return block.AsMemory((int)offsetBytes, take);
            lengthBytes -= take;
            offsetBytes = 0;
        }
    }
}
