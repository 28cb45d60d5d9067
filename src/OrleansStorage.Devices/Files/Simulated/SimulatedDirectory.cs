namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>The names of a simulated directory: what calls see, and what a crash leaves.</summary>
internal sealed class SimulatedDirectory
{
    private readonly List<Action<SortedDictionary<string, SimulatedContent>>> _unsynced = [];
    private SortedDictionary<string, SimulatedContent> _durable = new(StringComparer.Ordinal);

    public SortedDictionary<string, SimulatedContent> Names { get; private set; } = new(StringComparer.Ordinal);

    public void Change(Action<SortedDictionary<string, SimulatedContent>> change)
    {
        change(Names);
        _unsynced.Add(change);
    }

    public void Sync()
    {
        _durable = new SortedDictionary<string, SimulatedContent>(Names, StringComparer.Ordinal);
        _unsynced.Clear();
    }

    /// <summary>File systems keep the order of such changes: chance decides how many of them survive.</summary>
    public void Crash(Random random, FaultFigures figures)
    {
        var kept = random.Next(_unsynced.Count + 1);
        figures.LostNames += _unsynced.Count - kept;
        foreach (var change in _unsynced.Take(kept))
        {
            change(_durable);
        }

        Names = new SortedDictionary<string, SimulatedContent>(_durable, StringComparer.Ordinal);
        _unsynced.Clear();
    }
}
