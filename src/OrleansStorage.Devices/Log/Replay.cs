using System.Globalization;

namespace OrleansStorage.Devices.Log;

/// <summary>A stretch of the log without intact records, and the LSNs that are missing there.</summary>
internal readonly record struct LogHole(Segment Segment, long FromBytes, long ToBytes, ulong FirstLsn, ulong LastLsn);

/// <summary>Takes the records of the log in order and decides which of them count.</summary>
/// <remarks>
/// A record is confirmed when a later one says that it was durable; it is applied as it stands, and if its payload has been damaged
/// since, reads will tell. A record that nothing confirms may be torn and counts only when its payload is intact. What
/// is missing at or below the last confirmed LSN was acknowledged and is lost; what is missing above was torn.
/// </remarks>
internal sealed class Replay(LogState state, Func<Segment, RecordHeader, RecordPlace, ValueTask<bool>> isIntactAsync)
{
    private readonly Queue<(Segment Segment, RecordHeader Header, RecordPlace Place)> _unconfirmed = new();
    private readonly List<LogHole> _holes = [];
    private Segment? _segment;
    private long _endBytes;

    /// <summary>LSN of the record before; 0 when any may come.</summary>
    public ulong LastLsn { get; private set; }

    public long Records { get; private set; }

    /// <summary>Begins behind what a checkpoint has.</summary>
    public void Begin(ulong lastLsn, Segment? segment, long endBytes)
    {
        LastLsn = lastLsn;
        _segment = segment;
        _endBytes = endBytes;
    }

    /// <summary>A record, in log order.</summary>
    public void Add(Segment segment, in RecordHeader header, long position, long skippedBytes)
    {
        var first = header.Lsn;
        var last = header.Kind == RecordKind.Void ? header.Sequence : header.Lsn;
        if (first <= LastLsn)
        {
            // Left over from what was cut off and written again elsewhere.
            return;
        }

        if (first > LastLsn + 1)
        {
            AddHole(segment, position, skippedBytes, first);
        }

        LastLsn = last;
        _segment = segment;
        _endBytes = position + header.Span;
        segment.EndBytes = _endBytes;
        Records++;
        state.DurableLsn = Math.Max(state.DurableLsn, header.DurableLsn);
        _unconfirmed.Enqueue((segment, header, new RecordPlace(segment.Id, position)));
        while (_unconfirmed.TryPeek(out var oldest) && oldest.Header.Lsn <= state.DurableLsn)
        {
            _unconfirmed.Dequeue();
            state.Apply(oldest.Header, oldest.Place);
        }
    }

    /// <summary>No more records.</summary>
    /// <returns>The holes.</returns>
    public async ValueTask<IReadOnlyList<LogHole>> EndAsync()
    {
        while (_unconfirmed.TryDequeue(out var record))
        {
            if (await isIntactAsync(record.Segment, record.Header, record.Place))
            {
                state.Apply(record.Header, record.Place);
                continue;
            }

            var from = record.Place.OffsetBytes;
            var lsn = record.Header.Lsn;
            _holes.Add(new LogHole(record.Segment, from, from + record.Header.Span, lsn, lsn));
        }

        state.NextLsn = LastLsn + 1;
        return _holes;
    }

    /// <summary>Whether acknowledged records were in a hole.</summary>
    public bool IsLoss(in LogHole hole) => hole.FirstLsn <= state.DurableLsn;

    public static string Describe(in LogHole hole) => string.Create(
        CultureInfo.InvariantCulture,
        $"{hole.Segment.Name} is damaged from {hole.FromBytes} to {hole.ToBytes}: records {hole.FirstLsn} to {hole.LastLsn} are lost.");

    private void AddHole(Segment segment, long position, long skippedBytes, ulong next)
    {
        if (skippedBytes > 0)
        {
            _holes.Add(new LogHole(segment, position - skippedBytes, position, LastLsn + 1, next - 1));
        }
        else if (_segment is { } before && before.Id + 1 == segment.Id && LastLsn > 0)
        {
            _holes.Add(new LogHole(before, _endBytes, _endBytes + RecordHeader.SizeBytes, LastLsn + 1, next - 1));
        }

        // Otherwise whole segments between the two were compacted away.
    }
}
