using System.Buffers;
using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Copies what is live in a segment to the end of the log, so that the segment can be removed.</summary>
/// <remarks>
/// A copy is an ordinary record, which the index takes in place of its source when it is durable, unless that was deleted or
/// replaced meanwhile. The segment goes only after everything live in it is durable elsewhere, so a crash at any point
/// leaves each record at least once. Copies keep their checksums, and damaged bytes stay damaged.
/// </remarks>
internal sealed class Compactor(
    LogState state, LogWriter writer, WriteTicketPool tickets, HealthLog health, DeviceMeter meter, PlantedBug bug)
{
    private const int BatchBytesMax = 8 << 20;

    private readonly List<LogRecord> _copies = [];
    private readonly List<byte[]> _buffers = [];
    private long _copiesBytes;

    /// <summary>Empties one sealed segment.</summary>
    /// <returns>Whether it may be removed now.</returns>
    public async ValueTask<bool> EmptyAsync(Segment segment, Throttle throttle, CancellationToken cancellationToken)
    {
        lock (state.Gate)
        {
            state.Leaving.Add(segment.Id);
        }

        try
        {
            await CopyAsync(segment, throttle, cancellationToken);
        }
        catch (PinnedRecordException)
        {
            Pin(segment);
            return false;
        }
        catch (CorruptFragmentException e)
        {
            health.Corrupt($"{segment.Name} stays: {e.Message}");
            Pin(segment);
            return false;
        }
        finally
        {
            Recycle();
        }

        return IsEmpty(segment);
    }

    private async ValueTask CopyAsync(Segment segment, Throttle throttle, CancellationToken cancellationToken)
    {
        if (segment.LiveBytes == 0 && segment.TombstoneBytes == 0)
        {
            return;
        }

        using var scanner = new SegmentScanner(segment.File, segment.Id, SegmentHeader.SizeBytes);
        var before = 0L;
        while (await scanner.MoveNextAsync() && scanner.Position < segment.EndBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await AddAsync(segment, scanner.Header, scanner.Position);
            if (_copiesBytes >= BatchBytesMax)
            {
                await FlushAsync();
            }

            await throttle.SpendAsync(scanner.Next - Math.Max(before, scanner.Position));
            before = scanner.Next;
        }

        await FlushAsync();
    }

    private async ValueTask AddAsync(Segment segment, RecordHeader header, long position)
    {
        var place = new RecordPlace(segment.Id, position);
        if (!IsWanted(header, place))
        {
            return;
        }

        var length = header.PayloadOffset + header.PayloadLength;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        _buffers.Add(buffer);
        await ReadAsync(segment, position, buffer.AsMemory(0, length));
        var checksums = buffer.AsSpan(RecordHeader.SizeBytes, 4 * header.Checksums);
        var payload = buffer.AsMemory(header.PayloadOffset, header.PayloadLength);
        _copies.Add(LogRecord.Copy(header, checksums, payload, place, tickets.Rent()));
        _copiesBytes += length;
    }

    private static async ValueTask ReadAsync(Segment segment, long position, Memory<byte> record)
    {
        try
        {
            if (await segment.File.ReadAsync(position, new ReadBuffers(record)) == record.Length)
            {
                return;
            }
        }
        catch (IOException e)
        {
            throw new CorruptFragmentException($"The record at {position} cannot be read: {e.Message}", e);
        }

        throw new CorruptFragmentException($"The file ends within the record at {position}.");
    }

    private void Pin(Segment segment)
    {
        lock (state.Gate)
        {
            segment.IsPinned = true;
        }
    }

    private bool IsWanted(in RecordHeader header, RecordPlace place)
    {
        lock (state.Gate)
        {
            return header.Kind switch
            {
                RecordKind.Fragment => state.Fragments.TryGet(header.FragmentId, out var known) && known.Record == place,
                RecordKind.Block =>
                    state.Extents.TryGet(header.ExtentId, out var extent) && extent[header.BlockOrFloor].Record == place,
                RecordKind.Fence => state.Extents.TryGet(header.ExtentId, out var extent) && extent.FencePlace == place,
                RecordKind.FragmentTombstone or RecordKind.ExtentTombstone =>
                    state.IsNeeded(place.Segment, header.BlockOrFloor),
                _ => false,
            };
        }
    }

    private async ValueTask FlushAsync()
    {
        if (_copies.Count > 0)
        {
            await WriteAsync();
            meter.Compacted(_copiesBytes);
        }

        Recycle();
    }

    private async ValueTask WriteAsync()
    {
        // Each has a ticket of its own: all of them have to end before the buffers are free.
        var waits = _copies.ConvertAll(copy =>
        {
            copy.Ticket.Begin(1);
            return copy.Ticket.Task;
        });
        await QueueAsync();
        if (bug == PlantedBug.RemoveBeforeCopy)
        {
            return;
        }

        Exception? error = null;
        foreach (var wait in waits)
        {
            try
            {
                await wait;
            }
            catch (DeviceException e)
            {
                error ??= e;
            }
        }

        if (error is not null)
        {
            throw error;
        }
    }

    private ValueTask QueueAsync()
    {
        var copies = _copies.ToArray();
        _copies.Clear();
        try
        {
            writer.EnqueueCopies(copies);
        }
        catch (Exception e)
        {
            foreach (var copy in copies)
            {
                copy.Complete(e);
            }
        }

        return ValueTask.CompletedTask;
    }

    private void Recycle()
    {
        foreach (var buffer in _buffers)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _buffers.Clear();
        _copiesBytes = 0;
    }

    private bool IsEmpty(Segment segment)
    {
        lock (state.Gate)
        {
            if (segment.LiveBytes == 0 || bug == PlantedBug.RemoveBeforeCopy)
            {
                return true;
            }

            // The index points at records whose headers cannot be found any more.
            segment.IsPinned = true;
        }

        health.Lost($"{segment.Name} stays: {segment.LiveBytes} live bytes in it cannot be moved, because their headers are damaged.");
        return false;
    }
}
