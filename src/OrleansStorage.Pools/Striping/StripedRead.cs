using OrleansStorage.Erasure;

namespace OrleansStorage.Pools.Striping;

/// <summary>Reads a range of a striped blob.</summary>
/// <remarks>
/// <code>
/// part (the range's share of one data fragment)
///   device usable ──► read ── good ──────────────────────────────► copied, if into a buffer
///   │                  ├── failed ──┐
///   │                  └── late ────┤  (goes on; whichever is first counts)
///   └── otherwise ──────────────────┴──► columns of n others ────► computed, straight into the destination
/// </code>
/// Parts whose columns overlap are computed together, and fragments that are read anyway count among the n. With hedging every read goes
/// into a buffer, because a late one must not touch the destination after the call has returned; without, parts are read in place, and
/// the call waits for each of them whatever happens.
/// </remarks>
internal sealed class StripedRead
{
    private readonly BlobCall _call;
    private readonly ReedSolomonCodec _codec;
    private readonly Memory<byte> _destination;
    private readonly Part[] _parts;
    private readonly List<Rebuild> _rebuilds = [];
    private readonly int[] _allSlots;
    private long _startedAt;

    public StripedRead(BlobCall call, ReedSolomonCodec codec, FragmentRanges ranges, Memory<byte> destination)
    {
        _call = call;
        _codec = codec;
        _destination = destination;
        _parts = new Part[ranges.Count];
        for (var i = 0; i < _parts.Length; i++)
        {
            _parts[i] = new Part(ranges[i]);
        }

        _allSlots = [.. Enumerable.Range(0, codec.FragmentCount)];
    }

    /// <returns>Slots whose fragment is to be repaired.</returns>
    public async ValueTask<IReadOnlyList<int>> RunAsync()
    {
        try
        {
            StartParts();
            _call.Look();
            while (!Advance())
            {
                await _call.WaitAsync(Patience(), _call.CancellationToken);
                _call.Look();
            }

            return _call.Bad;
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    /// <summary>Does what can be done now.</summary>
    /// <returns>Whether the whole range is there.</returns>
    private bool Advance()
    {
        foreach (var part in _parts)
        {
            part.Read?.ThrowFault();
            Deliver(part);
        }

        BeginRebuilds();
        foreach (var rebuild in _rebuilds)
        {
            if (!rebuild.Parts.TrueForAll(part => part.IsGood))
            {
                Advance(rebuild);
            }
        }

        return Array.TrueForAll(_parts, part => part.IsGood);
    }

    private void Advance(Rebuild rebuild)
    {
        switch (rebuild.Gather!.Advance())
        {
            case GatherState.Enough:
                Compute(rebuild);
                break;
            case GatherState.Hopeless when rebuild.Parts.Exists(part => !part.IsGood && part.Read is not { HasEnded: false }):
                throw _call.Failure(_allSlots, _codec.ParityCount);
        }
    }

    /// <summary>How long until something has to be done though no read has ended.</summary>
    private TimeSpan Patience()
    {
        var patience = _parts.Any(part => !part.IsGood && !part.IsRebuilt)
            ? _call.Access.PatienceLeft(_startedAt)
            : TimeSpan.MaxValue;
        foreach (var rebuild in _rebuilds)
        {
            var left = rebuild.Gather!.Patience;
            patience = left < patience ? left : patience;
        }

        return patience;
    }

    private void StartParts()
    {
        _startedAt = _call.Access.Time.GetTimestamp();
        var usable = _parts.ToLookup(part => _call.Access.StandingOf(_call.Group, part.Slot) == SlotStanding.Usable);
        var lostFrom = usable[false].Select(part => part.Range.Offset).DefaultIfEmpty().Min();
        var lostTo = usable[false].Select(part => part.Range.Offset + part.Range.Length).DefaultIfEmpty().Max();
        foreach (var part in usable[true])
        {
            part.Read = Start(part, lostFrom, lostTo);
        }
    }

    /// <summary>Begins to read a part; with columns that others are computed from, when that saves to read them somewhere else.</summary>
    private FragmentRead Start(Part part, int lostFrom, int lostTo)
    {
        var range = part.Range;
        var from = Math.Min(range.Offset, lostFrom);
        var to = Math.Max(range.Offset + range.Length, lostTo);
        var more = to - from - range.Length;
        if (lostTo > 0 && more > 0 && more <= lostTo - lostFrom)
        {
            return FragmentRead.IntoBuffer(_call, part.Slot, from, to - from);
        }

        return _call.Access.IsHedged
            ? FragmentRead.IntoBuffer(_call, part.Slot, range.Offset, range.Length)
            : FragmentRead.Into(_call, part.Slot, range.Offset, DestinationOf(part));
    }

    /// <summary>Brings a part to the destination if it has been read.</summary>
    private void Deliver(Part part)
    {
        if (part.IsGood || part.Read is not { IsGood: true } read)
        {
            return;
        }

        if (read.IsBuffered)
        {
            read.Range(part.Range.Offset, part.Range.Length).CopyTo(DestinationOf(part));
        }

        part.IsGood = true;
    }

    /// <summary>Begins to compute the parts that cannot be read, and those that are late; together where their columns overlap.</summary>
    private void BeginRebuilds()
    {
        // All parts were begun together, so they are late together.
        var isLate = _call.Access.PatienceLeft(_startedAt) == TimeSpan.Zero;
        var lost = _parts.Where(part => !part.IsGood && !part.IsRebuilt && (isLate || part.Read is not { HasEnded: false }));
        foreach (var part in lost.OrderBy(part => part.Range.Offset).ToList())
        {
            part.IsRebuilt = true;
            if (_rebuilds.LastOrDefault() is { Gather: null } last && part.Range.Offset < last.End)
            {
                last.Add(part);
            }
            else
            {
                _rebuilds.Add(new Rebuild(part));
            }
        }

        foreach (var rebuild in _rebuilds)
        {
            rebuild.Gather ??= Gather(rebuild.Offset, rebuild.End - rebuild.Offset);
        }
    }

    private FragmentGather Gather(int offset, int length)
    {
        var shared = _parts
            .Select(part => part.Read)
            .OfType<FragmentRead>()
            .Where(read => !_call.HasFailed(read.Slot) && read.Covers(offset, length))
            .ToList();
        var others = _allSlots
            .Where(slot => !_call.HasFailed(slot) && !shared.Exists(read => read.Slot == slot))
            .ToLookup(slot => _parts.Any(part => part.Slot == slot && part.Read is { HasEnded: false }));

        // One that already lets us wait is asked again last.
        var candidates = new[] { others[false], others[true] }.SelectMany(slots => _call.Access.InOrder(_call.Group, slots));
        return new FragmentGather(_call, _codec.DataCount, offset, length, shared, candidates);
    }

    private void Compute(Rebuild rebuild)
    {
        var sources = rebuild.Gather!.Good.ToArray();
        var numbers = Array.ConvertAll(sources, read => read.Slot);
        foreach (var alike in rebuild.Parts.Where(part => !part.IsGood).GroupBy(part => (part.Range.Offset, part.Range.Length)))
        {
            var (offset, length) = alike.Key;
            var columns = Array.ConvertAll(sources, read => (ReadOnlyMemory<byte>)read.Range(offset, length));
            foreach (var part in alike.Where(part => numbers.Contains(part.Slot)))
            {
                columns[Array.IndexOf(numbers, part.Slot)].CopyTo(DestinationOf(part));
            }

            var wanted = alike.Where(part => !numbers.Contains(part.Slot)).ToArray();
            _codec.Reconstruct(
                numbers, columns, Array.ConvertAll(wanted, part => part.Slot), Array.ConvertAll(wanted, DestinationOf));
        }

        rebuild.Parts.ForEach(part => part.IsGood = true);
    }

    private Memory<byte> DestinationOf(Part part) => _destination.Slice(part.Range.Position, part.Range.Length);

    /// <summary>Gives back what the call has, and leaves nothing behind that could write into the caller's memory.</summary>
    private async ValueTask ReleaseAsync()
    {
        foreach (var part in _parts)
        {
            if (part.Read is { IsBuffered: false } direct)
            {
                await _call.EndAsync(direct);
            }
        }

        foreach (var rebuild in _rebuilds)
        {
            rebuild.Gather?.Release();
        }

        foreach (var part in _parts)
        {
            part.Read?.Release();
        }
    }

    private sealed class Part(FragmentRange range)
    {
        public FragmentRange Range { get; } = range;

        public int Slot => Range.Fragment;

        public FragmentRead? Read { get; set; }

        /// <summary>It is read into the destination.</summary>
        public bool IsGood { get; set; }

        public bool IsRebuilt { get; set; }
    }

    /// <summary>Parts that are computed from the same columns.</summary>
    private sealed class Rebuild(Part first)
    {
        public List<Part> Parts { get; } = [first];

        public int Offset { get; } = first.Range.Offset;

        public int End { get; private set; } = first.Range.Offset + first.Range.Length;

        public FragmentGather? Gather { get; set; }

        public void Add(Part part)
        {
            Parts.Add(part);
            End = Math.Max(End, part.Range.Offset + part.Range.Length);
        }
    }
}
