using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Gives records their place in the log and brings them there, many with one sync.</summary>
/// <remarks>
/// A record waits in a queue until a batch takes it. A batch goes out when none is under way, or when the one under way is at its
/// sync and enough bytes wait to make copying them early worth it. At most two are under way, and they complete in
/// order: so what is durable is always a prefix of the log, and records are applied to the index in log order.
/// No method runs callers' code, or the layer's, under the lock.
/// </remarks>
internal sealed class LogWriter
{
    private const int BatchesMax = 2;
    private const int BatchRecordsMax = 1024;

    private readonly LogState _state;
    private readonly SegmentStore _segments;
    private readonly Admission _admission;
    private readonly HealthLog _health;
    private readonly LogDeviceOptions _options;
    private readonly DeviceMeter _meter;
    private readonly byte[] _padding;
    private readonly bool _inline;

    private readonly Queue<LogRecord> _queue = new();
    private readonly Queue<LogBatch> _ready = new();
    private readonly List<(LogRecord Record, Exception? Error)> _done = [];
    private readonly List<TaskCompletionSource> _idleWaiters = [];
    private readonly Queue<LogBatch> _rejected = new();
    private long _queuedBytes;
    private int _underWay;
    private bool _pumping;
    private bool _pumpAgain;
    private bool _opening;
    private bool _openWanted;
    private bool _openingAhead;
    private bool _aheadRefused;
    private Exception? _openError;
    private bool _repairing;

    public LogWriter(
        LogState state,
        SegmentStore segments,
        Admission admission,
        HealthLog health,
        LogDeviceOptions options,
        DeviceMeter meter,
        bool inline)
    {
        _inline = inline;
        _state = state;
        _segments = segments;
        _admission = admission;
        _health = health;
        _options = options;
        _meter = meter;
        _padding = new byte[options.CommitAlignmentBytes];
    }

    /// <summary>Bytes written since the device was opened.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Queues records that one ticket waits for.</summary>
    /// <exception cref="DeviceBusyException">The queue is full. None was taken.</exception>
    public void Enqueue(ReadOnlySpan<LogRecord> records)
    {
        lock (_state.Gate)
        {
            _health.ThrowIfUnusable();
            if (_queue.Count > 0 && _queue.Count + records.Length > _options.PendingRecordsMax)
            {
                throw new DeviceBusyException($"{_queue.Count} records wait to be written.");
            }

            foreach (var record in records)
            {
                _queue.Enqueue(record);
                _queuedBytes += record.SizeMaxBytes;
            }
        }

        Pump();
    }

    /// <summary>Queues copies of compaction, which are not refused: there is one batch of them at a time.</summary>
    public void EnqueueCopies(ReadOnlySpan<LogRecord> records)
    {
        lock (_state.Gate)
        {
            _health.ThrowIfUnusable();
            foreach (var record in records)
            {
                _queue.Enqueue(record);
                _queuedBytes += record.SizeMaxBytes;
            }
        }

        Pump();
    }

    /// <summary>Completes when nothing is queued or under way.</summary>
    public Task WhenIdleAsync()
    {
        lock (_state.Gate)
        {
            if (IsIdle)
            {
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(
                _inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
            _idleWaiters.Add(waiter);
            return waiter.Task;
        }
    }

    /// <summary>Called by a batch when it is durable, or is not.</summary>
    public void OnCommitted(LogBatch batch, Exception? error)
    {
        lock (_state.Gate)
        {
            _underWay--;
            if (!_health.IsHealthy)
            {
                Finish(batch, _health.Unusable());
            }
            else if (error is FileLayerFullException || (_rejected.Count > 0 && error is null))
            {
                _rejected.Enqueue(batch);
            }
            else if (error is not null)
            {
                _health.Fail(error);
                Finish(batch, _health.Unusable());
                FailQueued();
            }
            else
            {
                Publish(batch);
            }
        }

        CompleteDone();
        Pump();
    }

    /// <summary>Fails everything that waits, after the device was taken out of service elsewhere.</summary>
    public void OnFailed()
    {
        lock (_state.Gate)
        {
            FailQueued();
        }

        CompleteDone();
    }

    private bool IsIdle => _queue.Count == 0 && _underWay == 0 && !_opening && !_repairing && _rejected.Count == 0;

    /// <summary>Forms and gives out batches until there is nothing to do; one caller at a time does it for all.</summary>
    private void Pump()
    {
        lock (_state.Gate)
        {
            _pumpAgain = true;
            if (_pumping)
            {
                return;
            }

            _pumping = true;
        }

        while (true)
        {
            bool open;
            bool repair;
            lock (_state.Gate)
            {
                if (!_pumpAgain)
                {
                    _pumping = false;
                    return;
                }

                _pumpAgain = false;
                repair = WantsRepair();
                FormBatches();
                open = WantsSegment();
            }

            GiveOut();
            CompleteDone();
            if (open)
            {
                _ = OpenSegmentAsync();
            }

            if (repair)
            {
                _ = CutRejectedAsync();
            }
        }
    }

    private void GiveOut()
    {
        while (true)
        {
            LogBatch? batch;
            lock (_state.Gate)
            {
                if (!_ready.TryDequeue(out batch))
                {
                    return;
                }
            }

            Encode(batch);
            if (_options.PlantedBug == PlantedBug.AcknowledgeBeforeSync)
            {
                foreach (var record in batch.Records)
                {
                    record.Ticket.End(null);
                }
            }

            batch.Segment.File.Commit(batch);
        }
    }

    private void CompleteDone()
    {
        while (true)
        {
            (LogRecord Record, Exception? Error)[] done;
            TaskCompletionSource[] idle = [];
            lock (_state.Gate)
            {
                done = [.. _done];
                _done.Clear();
                if (_idleWaiters.Count > 0 && IsIdle)
                {
                    idle = [.. _idleWaiters];
                    _idleWaiters.Clear();
                }
            }

            if (done.Length == 0 && idle.Length == 0)
            {
                return;
            }

            foreach (var (record, error) in done)
            {
                record.Complete(error);
            }

            foreach (var waiter in idle)
            {
                waiter.SetResult();
            }
        }
    }

    private void FormBatches()
    {
        _openWanted = false;
        while (_queue.Count > 0
            && _health.IsHealthy
            && _rejected.Count == 0
            && !_repairing
            && (_underWay == 0 || (_underWay < BatchesMax && _queuedBytes >= _options.OverlapFromBytes)))
        {
            if (FormBatch() is not { } batch)
            {
                return;
            }

            _underWay++;
            _ready.Enqueue(batch);
        }
    }

    private LogBatch? FormBatch()
    {
        LogBatch? batch = null;
        while (_queue.TryPeek(out var record))
        {
            if (batch is not null
                && (batch.Records.Count == BatchRecordsMax || batch.Bytes + record.SizeMaxBytes > _options.CommitBytesMax))
            {
                break;
            }

            var verdict = _admission.Decide(record, out var refusal);
            if (verdict == Verdict.Wait)
            {
                break;
            }

            if (verdict == Verdict.Write)
            {
                if (!TryFindRoom(record, batch, out refusal))
                {
                    break;
                }

                if (refusal is null)
                {
                    batch ??= new LogBatch(this, _state.Active!) { PositionBytes = _state.Active!.EndBytes };
                    Place(record, batch);
                    _queue.Dequeue();
                    _queuedBytes -= record.SizeMaxBytes;
                    continue;
                }
            }

            _queue.Dequeue();
            _queuedBytes -= record.SizeMaxBytes;
            _done.Add((record, refusal));
        }

        if (batch is not null)
        {
            Seal(batch);
        }

        return batch;
    }

    /// <summary>
    /// Sees that the active segment has room. <see langword="false"/> when the record has to wait, for a new segment or for the
    /// batch that is being formed in the full one.
    /// </summary>
    private bool TryFindRoom(LogRecord record, LogBatch? batch, out Exception? refusal)
    {
        refusal = null;
        var need = record.SizeMaxBytes + _options.CommitAlignmentBytes;
        if (_state.Active is { } active && active.EndBytes + (batch?.Bytes ?? 0) + need <= _state.SegmentBytes)
        {
            return true;
        }

        if (batch is not null)
        {
            return false;
        }

        var reserve = record.Purpose switch
        {
            RecordPurpose.Store => 2,
            RecordPurpose.Delete => 1,
            _ => 0,
        };
        if (_state.FreeSegments <= reserve)
        {
            refusal = new DeviceFullException($"Device {_state.Identity.Id} is full.");
            return true;
        }

        if (_state.Spare is { } spare)
        {
            _state.Spare = null;
            Activate(spare);
            return true;
        }

        if (_openError is { } error)
        {
            _openError = null;
            refusal = new DeviceFullException($"Device {_state.Identity.Id} is full: {error.Message}", error);
            return true;
        }

        _openWanted = true;
        return false;
    }

    private void Activate(Segment segment)
    {
        if (_state.Active is { } old)
        {
            old.IsSealed = true;
        }

        _aheadRefused = false;
        _state.Active = segment;
        if (_underWay == 0)
        {
            _state.DurableEnd = new RecordPlace(segment.Id, segment.EndBytes);
        }
    }

    private void Place(LogRecord record, LogBatch batch)
    {
        var position = batch.PositionBytes + batch.Bytes;
        record.Place = new RecordPlace(batch.Segment.Id, position);
        record.Header.PayloadOffset = RecordHeader.PayloadOffsetAt(position, record.Header.PayloadLength);
        record.Header.Span = (uint)record.Header.NetBytes;
        record.Header.Segment = batch.Segment.Id;
        record.Header.Lsn = _state.NextLsn++;
        record.Header.DurableLsn = _state.DurableLsn;
        _admission.Enter(record);
        batch.Records.Add(record);
        batch.Bytes += record.Header.Span;
    }

    /// <summary>Pads the batch, so that the next one begins on a sector of its own.</summary>
    private void Seal(LogBatch batch)
    {
        var padded = RecordHeader.Align(batch.PositionBytes + batch.Bytes, _options.CommitAlignmentBytes) - batch.PositionBytes;
        batch.Records[^1].Header.Span += (uint)(padded - batch.Bytes);
        batch.Bytes = padded;
        batch.FirstLsn = batch.Records[0].Header.Lsn;
        batch.LastLsn = batch.Records[^1].Header.Lsn;
        batch.Segment.EndBytes += padded;
        batch.End = new RecordPlace(batch.Segment.Id, batch.Segment.EndBytes);
    }

    private void Encode(LogBatch batch)
    {
        foreach (var record in batch.Records)
        {
            var header = record.HeaderBuffer.AsMemory(0, record.Header.PayloadOffset);
            record.Header.WriteTo(header.Span);
            batch.Buffers.Add(header);
            if (!record.Payload.IsEmpty)
            {
                batch.Buffers.Add(record.Payload);
            }

            var rest = (int)record.Header.Span - record.Header.PayloadOffset - record.Payload.Length;
            if (rest > 0)
            {
                batch.Buffers.Add(_padding.AsMemory(0, rest));
            }
        }
    }

    private void Publish(LogBatch batch)
    {
        foreach (var record in batch.Records)
        {
            _state.Apply(record.Header, record.Place);
        }

        _state.DurableLsn = batch.LastLsn;
        _state.DurableEnd = batch.End;
        WrittenBytes += batch.Bytes;
        _meter.Committed(batch.Records.Count, batch.Bytes);
        Finish(batch, null);
    }

    private void Finish(LogBatch batch, Exception? error)
    {
        foreach (var record in batch.Records)
        {
            _admission.Leave(record);
            if (_options.PlantedBug != PlantedBug.AcknowledgeBeforeSync)
            {
                _done.Add((record, error));
            }
        }
    }

    private void FailQueued()
    {
        while (_queue.TryDequeue(out var record))
        {
            _done.Add((record, _health.Unusable()));
        }

        _queuedBytes = 0;
    }

    private bool WantsSegment()
    {
        // A segment in reserve, made while the active one fills, keeps its creation out of the way of writers.
        var ahead = _state.Active is { } active
            && active.EndBytes > _state.SegmentBytes / 2
            && _state.Spare is null
            && _state.FreeSegments > 2
            && !_aheadRefused;
        if (_opening || !_health.IsHealthy || !(_openWanted || ahead))
        {
            return false;
        }

        _opening = true;
        _openingAhead = !_openWanted;
        _openWanted = false;
        return true;
    }

    private async Task OpenSegmentAsync()
    {
        uint id;
        lock (_state.Gate)
        {
            id = _state.NextSegment++;
        }

        try
        {
            var segment = await _segments.CreateAsync(id);
            lock (_state.Gate)
            {
                _state.Segments.Add(id, segment);
                _state.Spare = segment;
                _openError = null;
            }
        }
        catch (FileLayerFullException e)
        {
            lock (_state.Gate)
            {
                // What cannot be made ahead of need is tried again only when it is needed.
                _aheadRefused = true;
                _openError = _openingAhead ? null : e;
            }
        }
        catch (Exception e)
        {
            _health.Fail(e);
            OnFailed();
        }

        lock (_state.Gate)
        {
            _opening = false;
        }

        CompleteDone();
        Pump();
    }

    private bool WantsRepair()
    {
        if (_rejected.Count == 0 || _underWay > 0 || _repairing || !_health.IsHealthy)
        {
            return false;
        }

        _repairing = true;
        return true;
    }

    /// <summary>The medium was full in the middle of a batch: cuts off what may be there of it, and leaves the segment behind.</summary>
    private async Task CutRejectedAsync()
    {
        // None is under way, so nobody else touches the rejected ones. The first of a segment begins its damage.
        var first = _rejected.Peek();
        try
        {
            foreach (var batch in _rejected.DistinctBy(b => b.Segment).ToList())
            {
                await batch.Segment.File.TruncateAsync(batch.PositionBytes);
                await batch.Segment.File.SyncAsync();
                lock (_state.Gate)
                {
                    batch.Segment.EndBytes = batch.PositionBytes;
                }
            }
        }
        catch (Exception e)
        {
            _health.Fail(e);
            OnFailed();
        }

        lock (_state.Gate)
        {
            var full = new DeviceFullException($"Device {_state.Identity.Id} is full.");
            _state.NextLsn = first.FirstLsn;
            while (_rejected.TryDequeue(out var batch))
            {
                Finish(batch, _health.IsHealthy ? full : _health.Unusable());
            }

            if (_state.Active is { } active)
            {
                active.IsSealed = true;
                _state.Active = null;
            }

            _repairing = false;
        }

        CompleteDone();
        Pump();
    }
}
