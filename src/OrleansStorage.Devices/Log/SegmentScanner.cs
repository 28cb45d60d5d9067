using System.Buffers;
using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Walks the records of a segment from header to header, and finds its way again behind damage.</summary>
internal sealed class SegmentScanner : IDisposable
{
    private const int WindowBytes = 256 << 10;

    // Between large payloads only headers are read, and a header is never longer than this.
    private const int HeaderWindowBytes = 12 << 10;

    private const int ReadAheadBytesMax = 1 << 20;

    private readonly ISegmentFile _file;
    private readonly uint _segment;
    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private long _windowStart;
    private int _windowLength;
    private long _holeStart;
    private long _holeEnd;

    /// <param name="file">The segment's file.</param>
    /// <param name="segment">Its number: records of another one are damage.</param>
    /// <param name="fromBytes">Where a record begins, or nothing does.</param>
    public SegmentScanner(ISegmentFile file, uint segment, long fromBytes)
    {
        _file = file;
        _segment = segment;
        Next = fromBytes;
    }

    /// <summary>The record that was found.</summary>
    public RecordHeader Header { get; private set; }

    /// <summary>Where it begins.</summary>
    public long Position { get; private set; }

    /// <summary>Where the one behind it begins, if there is one.</summary>
    public long Next { get; private set; }

    /// <summary>Damaged bytes between the record before and this one.</summary>
    public long SkippedBytes { get; private set; }

    /// <summary>Bytes that were read.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Whether something other than zeros stands behind the last record. Means something after the end only.</summary>
    public bool HasTail { get; private set; }

    /// <summary>Finds the next record; <see langword="false"/> at the end.</summary>
    public async ValueTask<bool> MoveNextAsync()
    {
        var from = Next;
        Position = from;
        SkippedBytes = 0;
        while (true)
        {
            if (SkippedBytes > 0 && !IsInWindow(Position))
            {
                await SkipUnwrittenAsync(from);
            }

            var bytes = await WindowAtAsync(Position, Header.Span > WindowBytes && Position == from ? HeaderWindowBytes : WindowBytes);
            if (bytes.Length < RecordHeader.SizeBytes)
            {
                HasTail |= SkippedBytes > 0;
                return false;
            }

            if (RecordHeader.Parse(bytes.Span, out var header) == RecordParse.Good
                && header.Segment == _segment
                && Position + header.Span <= _file.LengthBytes)
            {
                Header = header;
                Next = Position + header.Span;
                return true;
            }

            Position += Skip(bytes.Span, from);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_window);

    /// <summary>How far it is to the next place where a record may begin.</summary>
    private int Skip(ReadOnlySpan<byte> bytes, long from)
    {
        ReadOnlySpan<byte> magic = [0x4F, 0x53, 0x52, 0x31];
        var at = RecordHeader.AlignmentBytes;
        while (at + magic.Length <= bytes.Length)
        {
            var found = bytes[at..].IndexOf(magic);
            if (found < 0)
            {
                break;
            }

            at += found;
            if (at % RecordHeader.AlignmentBytes == 0)
            {
                return Skipped(bytes[..at], from, at);
            }

            at++;
        }

        // The magic of a header may begin in the last bytes of the window and end behind it.
        var step = Math.Max(RecordHeader.AlignmentBytes, (bytes.Length - magic.Length + 1) & -RecordHeader.AlignmentBytes);
        return Skipped(bytes[..step], from, step);
    }

    private int Skipped(ReadOnlySpan<byte> bytes, long from, int step)
    {
        HasTail |= bytes.ContainsAnyExcept((byte)0);
        SkippedBytes = Position + step - from;
        return step;
    }

    /// <summary>Whether the window has a whole header at a position, or everything up to the end of the file.</summary>
    private bool IsInWindow(long position)
    {
        var offset = position - _windowStart;
        var atEnd = _windowStart + _windowLength >= _file.LengthBytes;
        return offset >= 0
            && (offset + RecordHeader.PayloadOffsetMax <= _windowLength || (atEnd && offset <= _windowLength));
    }

    /// <summary>Leaves out what was reserved and never written.</summary>
    private async ValueTask SkipUnwrittenAsync(long from)
    {
        if (Position >= _holeEnd)
        {
            // Reading ahead has filled the cache with zeros a little further on, and those look like data.
            _holeStart = Position + ReadAheadBytesMax;
            _holeEnd = Math.Max(_holeStart, await _file.FindDataAsync(_holeStart));
        }

        if (Position >= _holeStart)
        {
            Position = _holeEnd & -RecordHeader.AlignmentBytes;
            SkippedBytes = Position - from;
        }
    }

    /// <summary>Reads what can be read. What the medium cannot read counts as damage, so it reads as zeros.</summary>
    private async ValueTask<int> ReadAsync(long position, Memory<byte> destination)
    {
        var count = await PatientReader.ReadAsync(_file, position, destination);
        if (count >= 0)
        {
            return count;
        }

        var length = (int)Math.Min(destination.Length, Math.Max(0, _file.LengthBytes - position));
        for (var done = 0; done < length; done += RecordHeader.PageBytes)
        {
            var page = destination[done..Math.Min(length, done + RecordHeader.PageBytes)];
            if (await PatientReader.ReadAsync(_file, position + done, page) < page.Length)
            {
                page.Span.Clear();
            }
        }

        return length;
    }

    /// <summary>Bytes from a position on: a whole header if the file has one there.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> WindowAtAsync(long position, int bytes)
    {
        if (!IsInWindow(position))
        {
            _windowStart = position;
            _windowLength = 0;
            _windowLength = await ReadAsync(position, _window.AsMemory(0, Math.Min(bytes, WindowBytes)));
            ReadBytes += _windowLength;
        }

        var offset = position - _windowStart;
        return _window.AsMemory((int)offset, _windowLength - (int)offset);
    }
}
