using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools.Striping;

/// <summary>What became of one read of a fragment.</summary>
internal enum ReadOutcome
{
    /// <summary>The device has not answered yet, or was not asked.</summary>
    Pending,

    /// <summary>The bytes are there, verified.</summary>
    Good,

    /// <summary>The device has no such fragment.</summary>
    Missing,

    /// <summary>The bytes do not match their checksum, or cannot be read.</summary>
    Corrupt,

    /// <summary>The device did not do it.</summary>
    Unreachable,
}

/// <summary>One call that reads a blob, and what it learned of the slots.</summary>
/// <remarks>
/// The call goes on in one place only, which looks at what its reads have come to and then waits for news of any of them. So nothing of it
/// runs beside it, and nothing is continued anywhere but where it was awaited.
/// </remarks>
internal sealed class BlobCall(
    FragmentAccess access, StripeGroup group, BlobId blob, int slots, CancellationToken cancellationToken)
{
    // Each slot is written by its own read, before that completes.
    private readonly ReadOutcome[] _outcomes = new ReadOutcome[slots];
    private readonly Lock _gate = new();
    private Exception? _error;
    private TaskCompletionSource? _waiter;
    private bool _hasNews;

    public FragmentAccess Access => access;

    public StripeGroup Group => group;

    public BlobId Blob => blob;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Slots whose fragment is damaged or missing.</summary>
    public IReadOnlyList<int> Bad
    {
        get
        {
            List<int>? bad = null;
            for (var slot = 0; slot < slots; slot++)
            {
                if (_outcomes[slot] is ReadOutcome.Missing or ReadOutcome.Corrupt)
                {
                    (bad ??= []).Add(slot);
                }
            }

            return bad ?? (IReadOnlyList<int>)[];
        }
    }

    public bool HasFailed(int slot) => _outcomes[slot] > ReadOutcome.Good;

    public void Report(int slot, ReadOutcome outcome, Exception? error)
    {
        _outcomes[slot] = outcome;
        _error = error is null || outcome == ReadOutcome.Missing ? _error : error;
    }

    /// <summary>Begins to look at the reads: what happens from now on is news.</summary>
    public void Look()
    {
        lock (_gate)
        {
            _hasNews = false;
        }
    }

    /// <summary>A read has ended.</summary>
    public void Signal()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            _hasNews = true;
            waiter = _waiter;
            _waiter = null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>Waits until a read has ended since the last look, or a time has passed.</summary>
    /// <param name="atMost">How long; <see cref="TimeSpan.MaxValue"/> for as long as it takes.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        Task news;
        lock (_gate)
        {
            if (_hasNews)
            {
                return;
            }

            news = (_waiter = new TaskCompletionSource()).Task;
        }

        if (atMost == TimeSpan.MaxValue)
        {
            await news.WaitAsync(cancellation);
            return;
        }

        try
        {
            // Timers count milliseconds: less would not wait, and look again at once.
            var time = atMost.TotalMilliseconds < 1 ? TimeSpan.FromMilliseconds(1) : atMost;
            await news.WaitAsync(time, access.Time, cancellation);
        }
        catch (TimeoutException)
        {
            // That is a reason to look, too.
        }
    }

    /// <summary>Waits until a read into the caller's memory has ended, whatever else happens.</summary>
    public async ValueTask EndAsync(FragmentRead read)
    {
        Look();
        while (!read.HasEnded)
        {
            await WaitAsync(TimeSpan.MaxValue, CancellationToken.None);
            Look();
        }
    }

    /// <summary>Whether there is no such blob: nobody has anything of it, and those that could not be asked cannot make it whole.</summary>
    /// <param name="asked">The slots that were to be asked.</param>
    /// <param name="lossesMax">Fragments that may be missing of a blob that is there.</param>
    public bool IsGone(IReadOnlyCollection<int> asked, int lossesMax)
    {
        var missing = asked.Count(slot => _outcomes[slot] == ReadOutcome.Missing);
        var hasTraces = asked.Any(slot => _outcomes[slot] is ReadOutcome.Good or ReadOutcome.Corrupt);
        return !hasTraces && missing > Math.Max(0, Math.Min(lossesMax, asked.Count - 1));
    }

    /// <summary>What to throw when too few fragments could be read.</summary>
    public DeviceException Failure(IReadOnlyCollection<int> asked, int lossesMax) => IsGone(asked, lossesMax)
        ? new BlobNotFoundException($"There is no blob {blob}.")
        : new BlobLostException($"Too few intact fragments of blob {blob} can be read.", _error);
}
