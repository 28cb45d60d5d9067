namespace OrleansStorage.Erasure.Plans;

/// <summary>Plans that were made before, by their sources and targets. Bounded; thread-safe.</summary>
/// <remarks>
/// A device that is away gives every blob of its stripe groups the same plan, so few are in use at a time. The one that was
/// not used for longest goes. A hit does not allocate.
/// </remarks>
/// <param name="countMax">Most plans, 1 or more.</param>
/// <param name="bytesMax">Most bytes of tables; a single plan may have more.</param>
/// <param name="create">Makes the plan of these sources and targets.</param>
internal sealed class PlanCache(int countMax, long bytesMax, Func<FragmentSet, FragmentSet, CodingPlan> create)
{
    private readonly Dictionary<(FragmentSet Sources, FragmentSet Wanted), Entry> _entries = [];
    private readonly Lock _lock = new();
    private long _bytes;
    private long _uses;

    /// <summary>Number of plans kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The plan that makes <paramref name="wanted"/> of <paramref name="sources"/>.</summary>
    public CodingPlan Get(FragmentSet sources, FragmentSet wanted)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue((sources, wanted), out var entry))
            {
                entry.LastUse = ++_uses;
                return entry.Plan;
            }
        }

        // Outside of the lock: a large plan takes milliseconds.
        var plan = create(sources, wanted);
        lock (_lock)
        {
            if (_entries.TryAdd((sources, wanted), new Entry(plan) { LastUse = ++_uses }))
            {
                _bytes += plan.Bytes;
                Trim();
            }
        }

        return plan;
    }

    private void Trim()
    {
        while (_entries.Count > 1 && (_entries.Count > countMax || _bytes > bytesMax))
        {
            var oldest = _entries.MinBy(pair => pair.Value.LastUse);
            _entries.Remove(oldest.Key);
            _bytes -= oldest.Value.Plan.Bytes;
        }
    }

    private sealed class Entry(CodingPlan plan)
    {
        public CodingPlan Plan => plan;

        public long LastUse { get; set; }
    }
}
