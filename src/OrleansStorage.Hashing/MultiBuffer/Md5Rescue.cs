namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>
/// Runs combiners whose turn does not come because every thread of the pool is blocked, perhaps waiting for this very
/// data. Its thread lives only while there is something to watch.
/// </summary>
internal sealed class Md5Rescue(Md5Queue queue, TimeSpan patience)
{
    private const int IdleRoundsMax = 20;

    private readonly object _gate = new();
    private readonly Dictionary<Md5Combiner, int> _seen = [];
    private bool _isRunning;

    /// <summary>A combiner has asked for its turn.</summary>
    public void Watch()
    {
        if (patience == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "MD5 rescue" }.UnsafeStart();
            }
        }
    }

    private void Run()
    {
        List<Md5Combiner> active = [];
        var idleRounds = 0;
        while (true)
        {
            lock (_gate)
            {
                Monitor.Wait(_gate, patience);
                active.Clear();
                queue.CopyActive(active);
                idleRounds = active.Count == 0 ? idleRounds + 1 : 0;
                if (idleRounds > IdleRoundsMax)
                {
                    _isRunning = false;
                    return;
                }
            }

            foreach (var combiner in active)
            {
                RunIfStuck(combiner);
            }
        }
    }

    private void RunIfStuck(Md5Combiner combiner)
    {
        var progress = combiner.Progress;
        if (_seen.TryGetValue(combiner, out var before) && before == progress)
        {
            combiner.TryTakeTurn(isRescue: true);
        }

        _seen[combiner] = combiner.Progress;
    }
}
