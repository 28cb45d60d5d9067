using System.Buffers;
using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Rebuilds the index of a device when it is opened: the newest checkpoint, then the log from there on.</summary>
internal sealed class Recovery(IFileLayer layer, LogState state, HealthLog health, PlantedBug bug)
{
    /// <summary>Number of the checkpoint that was used; 0 for none.</summary>
    public ulong CheckpointNumber { get; private set; }

    /// <summary>Bytes of log that were read.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Records that were replayed.</summary>
    public long Records { get; private set; }

    public async ValueTask RunAsync()
    {
        var names = await layer.ListAsync();
        await OpenSegmentsAsync(names);
        var replay = new Replay(state, IsIntactAsync);
        var from = await LoadCheckpointAsync(names, replay);
        foreach (var segment in state.Segments.Values)
        {
            if (segment.Id >= from.Segment)
            {
                await ScanAsync(segment, segment.Id == from.Segment ? from.OffsetBytes : SegmentHeader.SizeBytes, replay);
            }
        }

        var holes = await replay.EndAsync();
        Records = replay.Records;
        foreach (var hole in holes)
        {
            await CloseHoleAsync(hole, replay.IsLoss(hole));
        }

        await RemoveEmptyAsync();
        await CutTailAsync();
        state.DurableLsn = state.NextLsn - 1;
        state.DurableEnd = new RecordPlace(state.NextSegment, (long)SegmentHeader.SizeBytes);
    }

    private async ValueTask OpenSegmentsAsync(IReadOnlyList<string> names)
    {
        var page = new byte[SegmentHeader.SizeBytes];
        foreach (var name in names)
        {
            if (!Segment.TryParseName(name, out var id))
            {
                continue;
            }

            var file = await layer.OpenAsync(name);
            if (file.LengthBytes < page.Length)
            {
                // Its creation never completed, so nothing was ever written to it.
                file.Dispose();
                await layer.DeleteAsync(name);
                continue;
            }

            if (!await TryReadAsync(file, page) || !SegmentHeader.TryParse(page, out var header))
            {
                await NoteBadHeaderAsync(name, id, file);
            }
            else if (header.Device != state.Identity.Id || header.Segment != id)
            {
                throw new DeviceFormatException($"{name} belongs to device {header.Device}, segment {header.Segment}.");
            }

            state.Segments.Add(id, new Segment(id, file) { IsSealed = true });
            state.NextSegment = Math.Max(state.NextSegment, id + 1);
        }
    }

    private static async ValueTask<bool> TryReadAsync(ISegmentFile file, Memory<byte> bytes, long position = 0) =>
        await PatientReader.ReadAsync(file, position, bytes) == bytes.Length;

    private async ValueTask NoteBadHeaderAsync(string name, uint id, ISegmentFile file)
    {
        using var scanner = new SegmentScanner(file, id, SegmentHeader.SizeBytes);
        if (await scanner.MoveNextAsync())
        {
            health.Lost($"The header of {name} is damaged; its records are read all the same.");
        }
    }

    private async ValueTask<RecordPlace> LoadCheckpointAsync(IReadOnlyList<string> names, Replay replay)
    {
        foreach (var name in names.Reverse())
        {
            if (!Checkpoint.TryParseName(name, out var number))
            {
                continue;
            }

            CheckpointNumber = Math.Max(CheckpointNumber, number);
            using var file = await layer.OpenAsync(name);
            var reader = new CheckpointReader(file, state.Identity);
            if (!await reader.ReadAsync())
            {
                health.Lost($"{name} is damaged; the whole log is read instead.");
                continue;
            }

            await TakeAsync(reader);
            replay.Begin(reader.DurableLsn, state.Segments.GetValueOrDefault(reader.Replay.Segment), reader.Replay.OffsetBytes);
            return reader.Replay;
        }

        return default;
    }

    private async ValueTask TakeAsync(CheckpointReader reader)
    {
        state.DurableLsn = reader.DurableLsn;
        state.NextSegment = Math.Max(state.NextSegment, reader.NextSegment);
        await DropRemovedAsync(reader);
        foreach (var row in reader.Segments)
        {
            if (state.Segments.TryGetValue(row.Id, out var segment))
            {
                segment.EndBytes = row.EndBytes;
                segment.TombstoneBytes = row.TombstoneBytes;
                segment.TombstoneFloor = row.TombstoneFloor;
                if (row.IsLeaving)
                {
                    state.Leaving.Add(row.Id);
                }
            }
        }

        state.Load(reader.Fragments, reader.Extents);
    }

    /// <summary>A segment that the checkpoint does not know had been removed before it, but not durably.</summary>
    private async ValueTask DropRemovedAsync(CheckpointReader reader)
    {
        var known = reader.Segments.Select(row => row.Id).ToHashSet();
        foreach (var segment in state.Segments.Values.Where(s => s.Id < reader.Replay.Segment && !known.Contains(s.Id)).ToList())
        {
            state.Segments.Remove(segment.Id);
            segment.File.Dispose();
            await layer.DeleteAsync(segment.Name);
        }
    }

    private async ValueTask ScanAsync(Segment segment, long fromBytes, Replay replay)
    {
        segment.EndBytes = Math.Max(fromBytes, SegmentHeader.SizeBytes);
        using var scanner = new SegmentScanner(segment.File, segment.Id, segment.EndBytes);
        while (await scanner.MoveNextAsync())
        {
            replay.Add(segment, scanner.Header, scanner.Position, scanner.SkippedBytes);
        }

        ReadBytes += scanner.ReadBytes;
    }

    private async ValueTask<bool> IsIntactAsync(Segment segment, RecordHeader header, RecordPlace place)
    {
        if (bug == PlantedBug.TrustTornTail)
        {
            return true;
        }

        var length = header.PayloadOffset + header.PayloadLength;
        var record = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadBytes += length;
            return await TryReadAsync(segment.File, record.AsMemory(0, length), place.OffsetBytes)
                && PayloadChecksums.FindBad(record, 0, default, record.AsSpan(header.PayloadOffset, header.PayloadLength), default) < 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    /// <summary>
    /// Reports what was lost; covers what was torn with a record, so that it is not taken for a loss when the log goes on.
    /// </summary>
    private async ValueTask CloseHoleAsync(LogHole hole, bool isLoss)
    {
        if (isLoss)
        {
            health.Lost(Replay.Describe(hole));
            return;
        }

        health.Torn(hole.ToBytes - hole.FromBytes);
        if (hole.FromBytes + RecordHeader.SizeBytes > state.SegmentBytes)
        {
            return;
        }

        var header = new RecordHeader
        {
            Kind = RecordKind.Void,
            PayloadOffset = RecordHeader.SizeBytes,
            Span = (uint)(hole.ToBytes - hole.FromBytes),
            Segment = hole.Segment.Id,
            Lsn = hole.FirstLsn,
            Sequence = hole.LastLsn,
        };
        var bytes = new byte[RecordHeader.SizeBytes];
        header.WriteTo(bytes);
        await hole.Segment.File.WriteAsync(hole.FromBytes, bytes);
        await hole.Segment.File.SyncAsync();
        hole.Segment.EndBytes = Math.Max(hole.Segment.EndBytes, hole.ToBytes);
    }

    /// <summary>Removes segments that were made ahead of need and never reached.</summary>
    private async ValueTask RemoveEmptyAsync()
    {
        var empty = state.Segments.Values.Where(s => s.EndBytes <= SegmentHeader.SizeBytes && s.LiveBytes == 0).ToList();
        foreach (var segment in empty)
        {
            state.Segments.Remove(segment.Id);
            segment.File.Dispose();
            await layer.DeleteAsync(segment.Name);
        }
    }

    /// <summary>Cuts what is behind the last record; the log goes on in a new segment.</summary>
    private async ValueTask CutTailAsync()
    {
        if (state.Segments.Count == 0)
        {
            return;
        }

        var last = state.Segments.Values.Last();
        if (last.File.LengthBytes <= last.EndBytes)
        {
            return;
        }

        using (var scanner = new SegmentScanner(last.File, last.Id, last.EndBytes))
        {
            await scanner.MoveNextAsync();
            health.Torn(scanner.HasTail ? scanner.SkippedBytes : 0);
        }

        await last.File.TruncateAsync(last.EndBytes);
        await last.File.SyncAsync();
    }
}
