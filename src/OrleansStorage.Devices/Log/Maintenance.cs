using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Checkpoints, compaction and scrubs: when they run, and that one of a kind runs at a time.</summary>
internal sealed class Maintenance(
    IFileLayer layer,
    LogState state,
    SegmentStore segments,
    LogWriter writer,
    RecordReader reader,
    WriteTicketPool tickets,
    HealthLog health,
    LogDeviceOptions options,
    DeviceMeter meter) : IDisposable
{
    private readonly StopSignal _stop = new(options.Time, layer.CompletesInline);
    private readonly AsyncTurn _turn = new(layer.CompletesInline);
    private Task _loop = Task.CompletedTask;
    private Task _scrubLoop = Task.CompletedTask;
    private ulong _checkpointNumber;
    private long _checkpointBytes;
    private long _writtenAtCheckpoint;
    private RecordPlace _replay;

    /// <summary>Begins to maintain a device that was just recovered.</summary>
    public async ValueTask StartAsync(Recovery recovery)
    {
        _checkpointNumber = recovery.CheckpointNumber;

        // What was replayed once is not replayed again, and segments from before can be compacted at once.
        if (recovery.Records > 0 || _checkpointNumber == 0)
        {
            await TryCheckpointAsync();
        }
        else
        {
            _replay = state.DurableEnd;
        }

        if (options.RunMaintenance)
        {
            _loop = RunAsync();
            _scrubLoop = options.ScrubInterval > TimeSpan.Zero ? RunScrubsAsync() : Task.CompletedTask;
        }
    }

    public async ValueTask StopAsync()
    {
        _stop.Stop();
        await _loop;
        await _scrubLoop;
    }

    public void Dispose() => _stop.Dispose();

    public async ValueTask CheckpointAsync()
    {
        await _turn.EnterAsync();
        try
        {
            var (replay, bytes) = await new CheckpointWriter(layer, state).WriteAsync(++_checkpointNumber);
            _replay = replay;
            _checkpointBytes = bytes;
            _writtenAtCheckpoint = writer.WrittenBytes;
        }
        finally
        {
            _turn.Exit();
        }
    }

    /// <summary>Takes a checkpoint if the medium allows it. Without a new one the old one serves, and recovery takes longer.</summary>
    public async ValueTask<bool> TryCheckpointAsync()
    {
        try
        {
            await CheckpointAsync();
            return true;
        }
        catch (FileLayerFullException)
        {
            return false;
        }
        catch (IOException e)
        {
            FailDevice(e);
            return false;
        }
    }

    public async ValueTask<int> CompactAsync(double belowLive, long bytesPerSecond, CancellationToken cancellationToken)
    {
        // A segment is compacted only when a checkpoint has been taken since its last record.
        if (Choose(belowLive, uint.MaxValue).Count > Choose(belowLive, _replay.Segment).Count)
        {
            await TryCheckpointAsync();
        }

        // What was copied meanwhile is not copied again, or this might never end.
        var before = _replay.Segment;
        var removed = 0;
        while (await CompactRoundAsync(belowLive, before, bytesPerSecond, cancellationToken) is > 0 and var round)
        {
            removed += round;
        }

        return removed;
    }

    public async ValueTask<long> ScrubAsync(long bytesPerSecond, CancellationToken cancellationToken)
    {
        var scrubber = new Scrubber(state, segments, reader, meter, options.OnBadRecord);
        return await scrubber.RunAsync(new Throttle(options.Time, _stop, bytesPerSecond), cancellationToken);
    }

    private async ValueTask<int> CompactRoundAsync(
        double belowLive, uint before, long bytesPerSecond, CancellationToken cancellationToken)
    {
        await _turn.EnterAsync();
        try
        {
            var throttle = new Throttle(options.Time, _stop, bytesPerSecond);
            var compactor = new Compactor(state, writer, tickets, health, meter, options.PlantedBug);
            var removed = 0;
            foreach (var segment in Choose(belowLive, before))
            {
                if (await compactor.EmptyAsync(segment, throttle, cancellationToken))
                {
                    await segments.RemoveAsync([segment]);
                    removed++;
                }
            }

            return removed;
        }
        catch (DeviceFullException)
        {
            // Nothing can be moved now; what is empty was removed.
            return 0;
        }
        catch (IOException e) when (e is not DeviceException)
        {
            FailDevice(e);
            throw health.Unusable();
        }
        finally
        {
            _turn.Exit();
        }
    }

    /// <summary>Sealed segments before another of which less than a part is live, emptiest first.</summary>
    private List<Segment> Choose(double belowLive, uint before)
    {
        lock (state.Gate)
        {
            return state.Segments.Values
                .Where(s => s.IsSealed && !s.IsPinned && s.Id < before && WantedBytes(s) <= belowLive * state.SegmentBytes)
                .OrderBy(WantedBytes)
                .ThenBy(s => s.Id)
                .ToList();
        }
    }

    private long WantedBytes(Segment segment)
    {
        var tombstones = segment.TombstoneBytes > 0 && state.IsNeeded(segment.Id, segment.TombstoneFloor) ? segment.TombstoneBytes : 0;
        return segment.LiveBytes + tombstones;
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _stop.SleepAsync(options.MaintenanceInterval);
                if (!health.IsHealthy || _stop.Token.IsCancellationRequested)
                {
                    return;
                }

                await RunOnceAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The device is being closed.
        }
        catch (DeviceException e)
        {
            health.Note($"Maintenance ended: {e.Message}");
        }
    }

    private async ValueTask RunOnceAsync()
    {
        var logged = writer.WrittenBytes - _writtenAtCheckpoint;
        if (logged >= Math.Max(options.CheckpointEveryBytes, 4 * _checkpointBytes))
        {
            await TryCheckpointAsync();
        }

        bool isTight;
        lock (state.Gate)
        {
            isTight = state.FreeSegments <= Math.Max(4, state.SegmentsMax / 20);
        }

        // With segments to spare only what pays off is compacted, slowly; without, whatever frees a segment, at once.
        var belowLive = isTight ? 0.9 : options.CompactBelowLive;
        var chosen = Choose(belowLive, isTight ? uint.MaxValue : _replay.Segment);
        var dead = chosen.Sum(segment => state.SegmentBytes - segment.LiveBytes);
        if (chosen.Count > 0 && (!isTight || dead > 2 * state.SegmentBytes))
        {
            await CompactAsync(belowLive, isTight ? long.MaxValue : options.CompactBytesPerSecond, _stop.Token);
        }
    }

    private async Task RunScrubsAsync()
    {
        try
        {
            while (true)
            {
                await _stop.SleepAsync(options.ScrubInterval);
                if (!health.IsHealthy || _stop.Token.IsCancellationRequested)
                {
                    return;
                }

                await ScrubAsync(options.ScrubBytesPerSecond, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The device is being closed.
        }
    }

    private void FailDevice(Exception cause)
    {
        health.Fail(cause);
        writer.OnFailed();
    }
}
