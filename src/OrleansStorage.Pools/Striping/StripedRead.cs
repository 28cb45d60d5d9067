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
            BeginRebuilds(_parts.Where(part => part.Read is not { Completion.IsCompleted: false } and not { IsGood: true }));
            await WaitForPartsAsync();
            BeginRebuilds(_parts.Where(part => !part.IsRebuilt && !part.IsGood));
            foreach (var rebuild in _rebuilds)
            {
                await FinishAsync(rebuild);
            }

            return _call.Bad;
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    private void StartParts()
    {
        foreach (var part in _parts)
        {
            if (_call.Access.StandingOf(_call.Group, part.Slot) != SlotStanding.Usable)
            {
                continue;
            }

            part.Read = _call.Access.IsHedged
                ? FragmentRead.IntoBuffer(_call, part.Slot, part.Range.Offset, part.Range.Length)
                : FragmentRead.Into(_call, part.Slot, part.Range.Offset, DestinationOf(part));
            Deliver(part);
        }
    }

    /// <summary>Waits until each part has been read, or is late.</summary>
    private async ValueTask WaitForPartsAsync()
    {
        foreach (var part in _parts)
        {
            if (part.Read is { } read)
            {
                // One in the caller's memory is waited for even when the call is cancelled.
                await (read.IsBuffered ? Patience.WaitAsync(read.Completion, read.PatienceLeft, _call) : read.Completion);
                Deliver(part);
            }
        }
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

    private void BeginRebuilds(IEnumerable<Part> lost)
    {
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
        var others = _allSlots.Where(slot => !_call.HasFailed(slot) && !shared.Exists(read => read.Slot == slot));
        return new FragmentGather(
            _call, _codec.DataCount, offset, length, shared, _call.Access.InOrder(_call.Group, others));
    }

    /// <summary>Waits until the columns are there, or the late parts themselves are.</summary>
    private async ValueTask FinishAsync(Rebuild rebuild)
    {
        var columns = rebuild.Gather!.Completion;
        while (!columns.IsCompleted)
        {
            var late = rebuild.Parts.Where(part => part.Read is { Completion.IsCompleted: false }).ToList();
            await Patience.WaitAsync(
                Task.WhenAny(late.Select(part => part.Read!.Completion).Append(columns)), TimeSpan.MaxValue, _call);
            rebuild.Parts.ForEach(Deliver);
            if (rebuild.Parts.TrueForAll(part => part.IsGood))
            {
                return;
            }
        }

        if (await columns)
        {
            Compute(rebuild);
            return;
        }

        // All that could be read of others was. What is late is the last hope.
        foreach (var part in rebuild.Parts)
        {
            await Patience.WaitAsync(part.Read?.Completion ?? Task.CompletedTask, TimeSpan.MaxValue, _call);
            Deliver(part);
            if (!part.IsGood)
            {
                throw _call.Failure(_allSlots, _codec.ParityCount);
            }
        }
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
    }

    private Memory<byte> DestinationOf(Part part) => _destination.Slice(part.Range.Position, part.Range.Length);

    /// <summary>Gives back what the call has, and leaves nothing behind that could write into the caller's memory.</summary>
    private async ValueTask ReleaseAsync()
    {
        foreach (var part in _parts)
        {
            if (part.Read is { IsBuffered: false } direct)
            {
                await Task.WhenAny(direct.Completion);
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
