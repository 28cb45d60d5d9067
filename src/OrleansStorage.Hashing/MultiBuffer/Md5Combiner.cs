using System.Runtime.CompilerServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Takes jobs from the queue into lanes and computes them in lock step, segment by segment.</summary>
/// <remarks>
/// A turn is asked for once, by <see cref="RequestTurn"/>, and taken once, by whoever comes first: the executor, or the
/// rescue thread when the executor does not get round to it.
/// </remarks>
internal sealed class Md5Combiner(Md5Queue queue, IMd5Executor executor, int lanesMax) : IThreadPoolWorkItem
{
    /// <summary>Longest stretch of a lane between two looks at the queue, in blocks (64 KiB, about 0.1 ms).</summary>
    public const int SegmentBlocksMax = 1024;

    private readonly Md5Job[] _lanes = new Md5Job[lanesMax];
    private int _turnRequested;

    /// <summary>Number of lanes in use; they are the first ones.</summary>
    public int Count { get; private set; }

    /// <summary>A segment is being computed: no lane may change.</summary>
    public bool IsComputing { get; set; }

    /// <summary>Segments computed so far: while a turn is requested and this stands still, nobody has taken it.</summary>
    public int Progress { get; set; }

    /// <summary>There is a free lane.</summary>
    public bool HasFreeLane => Count < lanesMax;

    /// <summary>The jobs in its lanes.</summary>
    public ReadOnlySpan<Md5Job> Jobs => _lanes.AsSpan(0, Count);

    /// <summary>Somebody is to call <see cref="TryTakeTurn"/>.</summary>
    public void RequestTurn()
    {
        Volatile.Write(ref _turnRequested, 1);
        executor.Schedule(this);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => TryTakeTurn(isRescue: false);

    /// <summary>Computes until nothing is left, if the turn that was requested is still to be had.</summary>
    /// <param name="isRescue">
    /// The executor does not run anything. A blocking wait for an append ends by a continuation, which would wait for the
    /// executor too: here continuations run at once. In an executor that works, they never delay a combiner, and a
    /// combiner lets the other work go first after each segment.
    /// </param>
    /// <returns>The turn was taken.</returns>
    public bool TryTakeTurn(bool isRescue)
    {
        if (Interlocked.Exchange(ref _turnRequested, 0) == 0)
        {
            return false;
        }

        if (isRescue)
        {
            queue.CountRescue();
        }

        while (queue.BeginSegment(this) is var blocks and > 0)
        {
            Compute((nuint)blocks);
            queue.EndSegment(this, inline: isRescue);
            if (!isRescue && executor.HasOtherWork)
            {
                RequestTurn();
                break;
            }
        }

        return true;
    }

    /// <summary>Puts a job into a free lane.</summary>
    public void Add(Md5Job job)
    {
        job.Owner = this;
        _lanes[Count++] = job;
    }

    /// <summary>Frees the lane of a job.</summary>
    public void Remove(Md5Job job)
    {
        var lane = Array.IndexOf(_lanes, job, 0, Count);
        _lanes[lane] = _lanes[--Count];
        _lanes[Count] = null!;
        job.Owner = null;
    }

    // Eight lanes are as fast as four, and sixteen cost more than eight; one has the shortest way in general registers.
    private int WidthFor(int count) =>
        count == 1 ? 1
        : count <= 4 && lanesMax == 4 ? 4
        : count <= 8 && Md5Core.IsSupported(8) ? 8
        : lanesMax;

    [SkipLocalsInit]
    private unsafe void Compute(nuint blocks)
    {
        var width = WidthFor(Count);
        var states = stackalloc Md5State[Md5Core.LanesMax];
        var sources = stackalloc byte*[Md5Core.LanesMax];
        for (var lane = 0; lane < width; lane++)
        {
            // A lane without a job repeats the first one, and its result is dropped.
            var job = _lanes[lane < Count ? lane : 0];
            states[lane] = job.State;
            sources[lane] = job.Position;
        }

        Md5Core.CompressLanes(states, sources, width, blocks);
        for (var lane = 0; lane < Count; lane++)
        {
            _lanes[lane].Advance(states[lane], blocks);
        }
    }
}
