namespace OrleansStorage.Pools.Striping;

/// <summary>
/// Reads the same range of as many fragments as are needed, in parallel, and of further ones when some fail or are late.
/// </summary>
internal sealed class FragmentGather
{
    private readonly BlobCall _call;
    private readonly int _needed;
    private readonly List<FragmentRead> _reads;
    private readonly List<FragmentRead> _own = [];
    private readonly Queue<int> _candidates;
    private readonly Lock _gate = new();
    private bool _isReleased;

    /// <summary>Begins to read.</summary>
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
        Completion = RunAsync();
    }

    public int OffsetBytes { get; }

    public int LengthBytes { get; }

    /// <summary>Completes with whether there are enough.</summary>
    public Task<bool> Completion { get; }

    /// <summary>The fragments that are there, one read of each slot.</summary>
    public IEnumerable<FragmentRead> Good => _reads.Where(read => read.IsGood).Take(_needed);

    /// <summary>The fragments are not needed any more; what is still being read is left behind.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _isReleased = true;
        }

        foreach (var read in _own)
        {
            read.Release();
        }

        if (!Completion.IsCompletedSuccessfully)
        {
            _ = ObserveAsync();
        }
    }

    private async Task<bool> RunAsync()
    {
        while (true)
        {
            Refill();
            var waiting = new List<FragmentRead>();
            var good = 0;
            foreach (var read in _reads)
            {
                if (read.Completion.IsFaulted || read.Completion.IsCanceled)
                {
                    await read.Completion;
                }

                good += read.IsGood ? 1 : 0;
                if (!read.Completion.IsCompleted)
                {
                    waiting.Add(read);
                }
            }

            if (good >= _needed || waiting.Count == 0)
            {
                return good >= _needed;
            }

            await WaitAsync(waiting);
        }
    }

    /// <summary>Starts as many reads as are needed in the best case.</summary>
    private void Refill()
    {
        // Whoever lost interest releases what there is at that time, so nothing may come after it.
        lock (_gate)
        {
            while (!_isReleased && _reads.Count(IsHopeful) < _needed && _candidates.TryDequeue(out var slot))
            {
                var read = FragmentRead.IntoBuffer(_call, slot, OffsetBytes, LengthBytes);
                _own.Add(read);
                _reads.Add(read);
            }
        }
    }

    private async Task ObserveAsync()
    {
        await Task.WhenAny(Completion);
        _ = Completion.Exception;
    }

    private static bool IsHopeful(FragmentRead read) =>
        read.IsGood || (!read.Completion.IsCompleted && read.PatienceLeft > TimeSpan.Zero);

    /// <summary>Waits for the next read to end, or to be late when there is another one to try.</summary>
    private async Task WaitAsync(List<FragmentRead> waiting)
    {
        var first = Task.WhenAny(waiting.Select(read => read.Completion));
        var patience = TimeSpan.MaxValue;
        foreach (var read in waiting)
        {
            var left = read.PatienceLeft;
            patience = left > TimeSpan.Zero && left < patience ? left : patience;
        }

        await Patience.WaitAsync(first, _candidates.Count > 0 ? patience : TimeSpan.MaxValue, _call);
    }
}
