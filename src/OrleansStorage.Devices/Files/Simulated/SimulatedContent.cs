namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>The bytes of one simulated file: what reads see, and what a crash leaves.</summary>
internal sealed class SimulatedContent
{
    private readonly List<Change> _unsynced = [];
    private byte[] _current = [];
    private byte[] _durable = [];
    private long _durableLength;

    public long Length { get; private set; }

    /// <summary>Bytes that were ever written up to, or reserved.</summary>
    public long Allocated { get; set; }

    /// <summary>Bytes that cannot be read any more.</summary>
    public (long From, long To) Broken { get; set; }

    /// <exception cref="IOException">Some of the bytes cannot be read.</exception>
    public int Read(long position, Span<byte> destination)
    {
        if (position < Broken.To && position + destination.Length > Broken.From)
        {
            throw new IOException($"The simulated medium is broken from {Broken.From} to {Broken.To}.");
        }

        var count = (int)Math.Clamp(Length - position, 0, destination.Length);
        _current.AsSpan((int)Math.Min(position, Length), count).CopyTo(destination);
        return count;
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        _unsynced.Add(new Change(position, bytes.ToArray()));
        Apply(ref _current, position, bytes);
        Length = Math.Max(Length, position + bytes.Length);
    }

    public void SetLength(long length)
    {
        _unsynced.Add(new Change(length, null));
        Resize(ref _current, length);
        Length = length;
    }

    public void Sync()
    {
        foreach (var change in _unsynced)
        {
            Apply(change, ref _durable, ref _durableLength);
        }

        _unsynced.Clear();
    }

    /// <summary>A sync failed: the system believes the bytes written, but they will never be.</summary>
    public void Forget() => _unsynced.Clear();

    public void Flip(long position, int bit)
    {
        _current[position] ^= (byte)(1 << bit);
        if (position < _durable.Length)
        {
            _durable[position] ^= (byte)(1 << bit);
        }
    }

    /// <summary>Keeps what was synced, and of the rest what chance decides.</summary>
    public void Crash(Random random, int sectorBytes, FaultFigures figures)
    {
        var isLost = false;
        foreach (var change in _unsynced)
        {
            switch (random.Next(3))
            {
                case 0:
                    figures.LostWrites++;
                    isLost = true;
                    break;
                case 1 when change.Bytes is not null:
                    figures.TornWrites++;
                    Tear(change, random, sectorBytes);
                    break;
                default:
                    figures.ReorderedWrites += isLost ? 1 : 0;
                    Apply(change, ref _durable, ref _durableLength);
                    break;
            }
        }

        _unsynced.Clear();
        _current = _durable.ToArray();
        Length = _durableLength;
    }

    private void Tear(Change change, Random random, int sectorBytes)
    {
        for (var position = change.Position; position < change.End;)
        {
            var end = Math.Min(change.End, (position / sectorBytes * sectorBytes) + sectorBytes);
            if (random.Next(2) == 0)
            {
                var sector = change.Bytes.AsSpan((int)(position - change.Position), (int)(end - position));
                Apply(ref _durable, position, sector);
                _durableLength = Math.Max(_durableLength, end);
            }

            position = end;
        }
    }

    private static void Apply(Change change, ref byte[] bytes, ref long length)
    {
        if (change.Bytes is null)
        {
            Resize(ref bytes, change.Position);
            length = change.Position;
        }
        else
        {
            Apply(ref bytes, change.Position, change.Bytes);
            length = Math.Max(length, change.End);
        }
    }

    private static void Apply(ref byte[] bytes, long position, ReadOnlySpan<byte> source)
    {
        if (bytes.Length < position + source.Length)
        {
            Array.Resize(ref bytes, (int)Math.Max(position + source.Length, bytes.Length * 2L));
        }

        source.CopyTo(bytes.AsSpan((int)position));
    }

    /// <summary>What is cut off reads as zeros when the file grows again.</summary>
    private static void Resize(ref byte[] bytes, long length)
    {
        if (bytes.Length < length)
        {
            Array.Resize(ref bytes, (int)length);
        }
        else
        {
            bytes.AsSpan((int)length).Clear();
        }
    }

    /// <summary>Bytes that were written, or a length that was set when there are none.</summary>
    private readonly record struct Change(long Position, byte[]? Bytes)
    {
        public long End => Position + (Bytes?.Length ?? 0);
    }
}
