using System.Runtime.CompilerServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>The jobs that wait, and who computes them. One lock guards it all, and is never held while computing.</summary>
/// <remarks>
/// Bounded by the streams: each has at most one job. Invariant: while a job waits or is in a lane, some combiner is
/// active, and an active combiner is computing, or its turn is requested.
/// <para>
/// Alone. Good when one stream is active: no hop to another thread, no waiting. Bad when there are others that could
/// share the vectors. How we decide: nobody waits or computes, and the last stream that came here was this one, or has
/// finished. A caller that computes alone looks up after every segment, and queues the rest when others have come.
/// </para>
/// <para>
/// Queued. Good when several streams are active: one thread computes all of them for little more than one. Bad when
/// there is nothing to share with. How we decide: as above. A combiner waits behind the work that the executor has
/// already, so the busier the machine is, the more streams find each other in the queue, without any delay of its own.
/// </para>
/// </remarks>
internal sealed class Md5Queue
{
    private readonly object _gate = new();
    private readonly Md5EngineOptions _options;
    private readonly List<Md5Combiner> _active = [];
    private readonly Stack<Md5Combiner> _spare = [];
    private readonly Md5Rescue _rescue;
    private Md5Job? _first;
    private Md5Job? _last;
    private Md5Job? _latest;
    private int _queued;
    private int _claimed;
    private int _watchers;
    private bool _isAloneRunning;
    private volatile bool _isCombining;
    private volatile bool _disposed;
    private Md5EngineStatistics _statistics;

    /// <summary>An idle queue.</summary>
    public Md5Queue(Md5EngineOptions options)
    {
        _options = options;
        _rescue = new Md5Rescue(this, options.RescueAfter);
    }

    /// <summary>Other streams have something to compute.</summary>
    public bool IsCombining => _isCombining;

    /// <summary>What was done so far.</summary>
    public Md5EngineStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return _statistics;
            }
        }
    }

    /// <summary>Lets the caller compute, when no other stream is active.</summary>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public bool TryBeginAlone(Md5Job job)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(Md5Engine));
            var isAlone = !_isAloneRunning && _active.Count == 0 && _queued == 0 && (_latest is null || _latest == job);
            _latest = job;
            if (isAlone)
            {
                _isAloneRunning = true;
                job.Status = Md5JobStatus.Computing;
            }

            return isAlone;
        }
    }

    /// <summary>Ends what <see cref="TryBeginAlone"/> began.</summary>
    /// <returns>The stream was not disposed meanwhile.</returns>
    public bool EndAlone(Md5Job job, long bytes)
    {
        lock (_gate)
        {
            _isAloneRunning = false;
            job.Status = Md5JobStatus.Idle;
            _statistics = _statistics with { AloneBytes = _statistics.AloneBytes + bytes };
            WakeWatchers();
            return !job.IsAbandoned && !_disposed;
        }
    }

    /// <summary>Queues a job that is prepared.</summary>
    public void Enqueue(Md5Job job)
    {
        Md5Combiner? started = null;
        var isRefused = false;
        lock (_gate)
        {
            if (_disposed || job.IsAbandoned)
            {
                isRefused = true;
            }
            else
            {
                Append(job);
                started = StartCombiner();
            }
        }

        if (isRefused)
        {
            job.Complete(Abandoned());
            return;
        }

        if (started is not null)
        {
            started.RequestTurn();
            _rescue.Watch();
        }
    }

    /// <summary>Drops what was cancelled or abandoned, fills the free lanes and begins the next segment.</summary>
    /// <returns>Blocks to compute in every lane; 0 when there is nothing to do and the combiner is retired.</returns>
    public int BeginSegment(Md5Combiner combiner)
    {
        List<Md5Job>? dropped = null;
        int blocks;
        lock (_gate)
        {
            Fill(combiner, ref dropped);
            blocks = BeginComputing(combiner);
            if (blocks == 0)
            {
                _active.Remove(combiner);
                _isCombining = _active.Count > 0;
                _spare.Push(combiner);
            }
        }

        if (dropped is not null)
        {
            CompleteDropped(dropped);
        }

        return blocks;
    }

    /// <summary>Takes the finished jobs out of the lanes and completes them.</summary>
    /// <param name="combiner">The combiner that has computed.</param>
    /// <param name="inline">Continuations may run before this returns.</param>
    public void EndSegment(Md5Combiner combiner, bool inline)
    {
        var done = new DoneJobs();
        var count = 0;
        lock (_gate)
        {
            combiner.IsComputing = false;
            combiner.Progress++;
            for (var lane = combiner.Count - 1; lane >= 0; lane--)
            {
                var job = combiner.Jobs[lane];
                job.Status = Md5JobStatus.Claimed;
                if (job.BlocksLeft == 0)
                {
                    Release(job);
                    done[count++] = job;
                }
            }

            WakeWatchers();
        }

        for (var i = 0; i < count; i++)
        {
            done[i].Complete(null, inline);
        }
    }

    /// <summary>Lets go of a job's data: when this returns, nobody reads it any more. Waits for one segment at most.</summary>
    public void Abandon(Md5Job job)
    {
        lock (_gate)
        {
            Forget(job);
            job.IsAbandoned = true;
            while (job.Status == Md5JobStatus.Computing)
            {
                WaitForSegment();
            }

            if (job.Status == Md5JobStatus.Idle)
            {
                return;
            }

            Release(job);
        }

        job.Complete(Abandoned());
    }

    /// <summary>The stream will not append any more, so it no longer counts as active.</summary>
    public void Forget(Md5Job job)
    {
        lock (_gate)
        {
            if (_latest == job)
            {
                _latest = null;
            }
        }
    }

    /// <summary>Abandons every job and refuses new ones.</summary>
    public void Dispose()
    {
        List<Md5Job> abandoned = [];
        lock (_gate)
        {
            _disposed = true;
            while (_isAloneRunning || _active.Exists(combiner => combiner.IsComputing))
            {
                WaitForSegment();
            }

            while (_first is { } job)
            {
                abandoned.Add(job);
                Release(job);
            }

            foreach (var combiner in _active)
            {
                while (combiner.Count > 0)
                {
                    abandoned.Add(combiner.Jobs[0]);
                    Release(combiner.Jobs[0]);
                }
            }
        }

        foreach (var job in abandoned)
        {
            job.Complete(Abandoned());
        }
    }

    /// <summary>Adds the combiners that have something to do to <paramref name="combiners"/>.</summary>
    public void CopyActive(List<Md5Combiner> combiners)
    {
        lock (_gate)
        {
            combiners.AddRange(_active);
        }
    }

    /// <summary>Counts a turn that the rescue thread took.</summary>
    public void CountRescue()
    {
        lock (_gate)
        {
            _statistics = _statistics with { Rescues = _statistics.Rescues + 1 };
        }
    }

    private static ObjectDisposedException Abandoned() => new(nameof(Md5Stream));

    private void CompleteDropped(List<Md5Job> jobs)
    {
        foreach (var job in jobs)
        {
            job.Complete(
                job.IsAbandoned || _disposed ? Abandoned() : new OperationCanceledException(job.CancellationToken));
        }
    }

    // Another combiner has to be worth its thread: it starts when a whole vector of jobs finds no free lane.
    private Md5Combiner? StartCombiner()
    {
        var freeLanes = (_active.Count * _options.LanesMax) - _claimed;
        if (_active.Count > 0 && (_active.Count >= _options.CombinersMax || _queued - freeLanes < _options.LanesMax))
        {
            return null;
        }

        var combiner = _spare.Count > 0
            ? _spare.Pop()
            : new Md5Combiner(this, _options.Executor, _options.LanesMax);
        _active.Add(combiner);
        _isCombining = true;
        return combiner;
    }

    private void Fill(Md5Combiner combiner, ref List<Md5Job>? dropped)
    {
        for (var lane = combiner.Count - 1; lane >= 0; lane--)
        {
            var job = combiner.Jobs[lane];
            if (IsDropped(job))
            {
                Release(job);
                (dropped ??= []).Add(job);
            }
        }

        while (combiner.HasFreeLane && _first is { } job)
        {
            Release(job);
            if (IsDropped(job))
            {
                (dropped ??= []).Add(job);
                continue;
            }

            job.Status = Md5JobStatus.Claimed;
            combiner.Add(job);
            _claimed++;
        }
    }

    private bool IsDropped(Md5Job job) =>
        _disposed || job.IsAbandoned || job.CancellationToken.IsCancellationRequested;

    private int BeginComputing(Md5Combiner combiner)
    {
        var blocks = combiner.Count == 0 ? 0 : Md5Combiner.SegmentBlocksMax;
        foreach (var job in combiner.Jobs)
        {
            job.Status = Md5JobStatus.Computing;
            blocks = (int)Math.Min((nuint)blocks, job.BlocksLeft);
        }

        combiner.IsComputing = blocks > 0;
        _statistics = _statistics with
        {
            LaneBytes = _statistics.LaneBytes + ((long)blocks * Md5State.BlockBytes * combiner.Count),
            Segments = _statistics.Segments + (blocks > 0 ? 1 : 0),
            SegmentLanes = _statistics.SegmentLanes + combiner.Count,
        };
        return blocks;
    }

    private void Append(Md5Job job)
    {
        job.Status = Md5JobStatus.Queued;
        job.Previous = _last;
        if (_last is null)
        {
            _first = job;
        }
        else
        {
            _last.Next = job;
        }

        _last = job;
        _queued++;
    }

    /// <summary>Takes a job out of the queue or out of its lane.</summary>
    private void Release(Md5Job job)
    {
        if (job.Owner is { } owner)
        {
            owner.Remove(job);
            _claimed--;
        }
        else
        {
            Unlink(job);
        }

        job.Status = Md5JobStatus.Idle;
    }

    private void Unlink(Md5Job job)
    {
        if (job.Previous is null)
        {
            _first = job.Next;
        }
        else
        {
            job.Previous.Next = job.Next;
        }

        if (job.Next is null)
        {
            _last = job.Previous;
        }
        else
        {
            job.Next.Previous = job.Previous;
        }

        job.Previous = null;
        job.Next = null;
        _queued--;
    }

    private void WaitForSegment()
    {
        _watchers++;
        Monitor.Wait(_gate);
        _watchers--;
    }

    private void WakeWatchers()
    {
        if (_watchers > 0)
        {
            Monitor.PulseAll(_gate);
        }
    }

    [InlineArray(Md5Core.LanesMax)]
    private struct DoneJobs
    {
        private Md5Job _element;
    }
}
