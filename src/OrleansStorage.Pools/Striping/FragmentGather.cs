namespace OrleansStorage.Pools.Striping;

/// <summary>How far a <see cref="FragmentGather"/> is.</summary>
internal enum GatherState
{
    /// <summary>Reads are under way.</summary>
    Waiting,

    /// <summary>There are enough fragments.</summary>
    Enough,

    /// <summary>There will never be enough.</summary>
    Hopeless,
}

/// <summary>
/// Reads the same range of as many fragments as are needed, in parallel, and of further ones when some fail or are late. Moves only when
/// it is told to look.
/// </summary>
internal sealed class FragmentGather
{
    private readonly BlobCall _call;
    private readonly int _needed;
    private readonly List<FragmentRead> _reads;
    private readonly List<FragmentRead> _own = [];
    private readonly Queue<int> _candidates;

    /// <param name="call">The call it is part of.</param>
    /// <param name="needed">How many fragments.</param>
    /// <param name="offsetBytes">Where the range begins in each.</param>
    /// <param name="lengthBytes">Length of the range.</param>
    /// <param name="shared">Reads of somebody else's that bring the range of other slots, or may bring it.</param>
    /// <param name="candidates">Slots to read, those to be preferred first.</param>
    public FragmentGather(
        BlobCall call, int needed, int offsetBytes, int lengthBytes, IEnumerable<FragmentRead> shared, IEnumerable<int> candidates)
    {
        _call = call;
        _needed = needed;
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        _reads = [.. shared];
        _candidates = new Queue<int>(candidates);
    }

    public int OffsetBytes { get; }

    public int LengthBytes { get; }

    /// <summary>The fragments that are there, one read of each slot.</summary>
    public IEnumerable<FragmentRead> Good => _reads.Where(read => read.IsGood).Take(_needed);

    /// <summary>How long until something has to be done though no read has ended.</summary>
    public TimeSpan Patience
    {
        get
        {
            var patience = TimeSpan.MaxValue;
            foreach (var read in _reads)
            {
                if (!read.HasEnded && _candidates.Count > 0 && read.PatienceLeft is var left && left > TimeSpan.Zero && left < patience)
                {
                    patience = left;
                }
            }

            return patience;
        }
    }

    /// <summary>Starts as many reads as are needed in the best case.</summary>
    public GatherState Advance()
    {
        while (_reads.Count(IsHopeful) < _needed && _candidates.TryDequeue(out var slot))
        {
            var read = FragmentRead.IntoBuffer(_call, slot, OffsetBytes, LengthBytes);
            _own.Add(read);
            _reads.Add(read);
        }

        _reads.ForEach(read => read.ThrowFault());
        return _reads.Count(read => read.IsGood) >= _needed ? GatherState.Enough
            : _reads.TrueForAll(read => read.HasEnded) ? GatherState.Hopeless
            : GatherState.Waiting;
    }

    /// <summary>Advances until it is over.</summary>
    /// <returns>Whether there are enough.</returns>
    public async ValueTask<bool> RunAsync()
    {
        while (true)
        {
            _call.Look();
            var state = Advance();
            if (state != GatherState.Waiting)
            {
                return state == GatherState.Enough;
            }

            await _call.WaitAsync(Patience, _call.CancellationToken);
        }
    }

    /// <summary>The fragments are not needed any more; what is still being read is left behind.</summary>
    public void Release() => _own.ForEach(read => read.Release());

    private static bool IsHopeful(FragmentRead read) =>
        read.IsGood || (!read.HasEnded && read.PatienceLeft > TimeSpan.Zero);
}
