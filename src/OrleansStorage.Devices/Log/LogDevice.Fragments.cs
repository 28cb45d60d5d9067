using System.Runtime.CompilerServices;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <content>Fragments.</content>
public sealed partial class LogDevice
{
    /// <inheritdoc/>
    public ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        CheckPayload(payload.Length);
        if (Has(id))
        {
            return ConfirmSameAsync(id, payload, cancellationToken);
        }

        var ticket = _tickets.Rent();
        ticket.Begin(1);
        var record = LogRecord.Fragment(id, payload, ticket);
        Enqueue(ticket, new ReadOnlySpan<LogRecord>(in record));
        return ticket.Task;
    }

    /// <inheritdoc/>
    public async ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfZero(fragments.Count);
        foreach (var fragment in fragments)
        {
            CheckPayload(fragment.Payload.Length);
        }

        var known = fragments.Where(f => Has(f.Id)).ToList();
        var fresh = known.Count == 0 ? fragments : fragments.Where(f => !known.Contains(f)).ToList();
        if (fresh.Count > 0)
        {
            var ticket = _tickets.Rent();
            ticket.Begin(fresh.Count);
            var records = new LogRecord[fresh.Count];
            for (var i = 0; i < records.Length; i++)
            {
                records[i] = LogRecord.Fragment(fresh[i].Id, fresh[i].Payload, ticket);
            }

            Enqueue(ticket, records);
            await ticket.Task;
        }

        foreach (var fragment in known)
        {
            await ConfirmSameAsync(fragment.Id, fragment.Payload, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReadFragmentAsync(
        FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        FragmentPlace place;
        Segment? segment;
        lock (_state.Gate)
        {
            if (!_state.Fragments.TryGet(id, out place))
            {
                throw new FragmentNotFoundException(id);
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes, place.LengthBytes);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, place.LengthBytes - offsetBytes, nameof(destination));
            segment = BeginRead(place.Record.Segment);
        }

        if (segment is null)
        {
            throw SegmentLost(place.Record.Segment);
        }

        var expected = new RecordHeader { Kind = RecordKind.Fragment, PayloadLength = place.LengthBytes };
        expected.SetFragment(id);
        return FinishRead(
            segment,
            _reader.ReadAsync(
                segment.File, place.Record, place.PayloadOffset, place.LengthBytes, expected, offsetBytes, destination));
    }

    /// <inheritdoc/>
    public ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        if (ids.Count == 0)
        {
            return ValueTask.CompletedTask;
        }

        var ticket = _tickets.Rent();
        ticket.Begin(ids.Count);
        var records = new LogRecord[ids.Count];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = LogRecord.FragmentTombstone(ids[i], ticket);
        }

        Enqueue(ticket, records);
        return ticket.Task;
    }

    /// <inheritdoc/>
    public ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        lock (_state.Gate)
        {
            return new ValueTask<int?>(_state.Fragments.TryGet(id, out var place) ? place.LengthBytes : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(
        FragmentId after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var page = new List<KeyValuePair<FragmentId, FragmentPlace>>(Math.Min(limit, 1024));
        lock (_state.Gate)
        {
            _state.Fragments.CopyAfter(after, limit, page);
        }

        return new ValueTask<IReadOnlyList<FragmentEntry>>(
            page.ConvertAll(entry => new FragmentEntry(entry.Key, entry.Value.LengthBytes)));
    }

    private bool Has(FragmentId id)
    {
        lock (_state.Gate)
        {
            return !Unsafe.IsNullRef(ref _state.Fragments.Find(id));
        }
    }

    /// <summary>The name is taken: by the same bytes, which is a repeated call, or by others.</summary>
    private async ValueTask ConfirmSameAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var length = await FindFragmentAsync(id, cancellationToken);
        var stored = new byte[payload.Length];
        if (length == payload.Length)
        {
            await ReadFragmentAsync(id, 0, stored, cancellationToken);
        }

        if (length != payload.Length || !stored.AsSpan().SequenceEqual(payload.Span))
        {
            throw new FragmentExistsException(id);
        }
    }

    private void CheckPayload(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, "payload");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            length, Math.Min(FragmentId.SizeMaxBytes, _state.SegmentBytes - (32 << 10)), "payload");
    }

    private void Enqueue(WriteTicket ticket, ReadOnlySpan<LogRecord> records)
    {
        try
        {
            _writer.Enqueue(records);
        }
        catch (Exception e)
        {
            // None was queued. The caller learns it by awaiting, like any other failure.
            foreach (var record in records)
            {
                record.Complete(e);
            }
        }
    }

    /// <summary>Called under the lock, so that compaction cannot remove the segment in between.</summary>
    private Segment? BeginRead(uint id)
    {
        if (!_state.Segments.TryGetValue(id, out var segment))
        {
            return null;
        }

        segment.BeginRead();
        return segment;
    }

    private ValueTask FinishRead(Segment segment, ValueTask read)
    {
        if (!read.IsCompletedSuccessfully)
        {
            return AwaitReadAsync(segment, read);
        }

        _segments.EndRead(segment);
        return read;
    }

    private async ValueTask AwaitReadAsync(Segment segment, ValueTask read)
    {
        try
        {
            await read;
        }
        finally
        {
            _segments.EndRead(segment);
        }
    }

    private CorruptFragmentException SegmentLost(uint segment)
    {
        var message = $"{Segment.NameOf(segment)} is gone, and with it records that were acknowledged.";
        _health.Corrupt(message);
        _meter.Corrupt();
        return new CorruptFragmentException(message);
    }
}
