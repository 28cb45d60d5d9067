namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>What outlives a crash: the medium, what is wrong with it, and what went wrong so far.</summary>
internal sealed class SimulatedMedium(Random random, FileFaults faults)
{
    private bool _failNextSync;

    public Random Random { get; } = random;

    public FileFaults Faults { get; } = faults;

    public FaultFigures Figures { get; } = new();

    public SimulatedDirectory Directory { get; } = new();

    public bool IsLocked { get; set; }

    public void FailNextSync() => _failNextSync = true;

    public void Crash()
    {
        Figures.Crashes++;
        Directory.Crash(Random, Figures);
        foreach (var content in Directory.Names.Values)
        {
            content.Crash(Random, Faults.SectorBytes, Figures);
        }

        IsLocked = false;
        _failNextSync = false;
    }

    public void ThrowIfReadFails()
    {
        if (Faults.ReadFailsOneIn > 0 && Random.Next(Faults.ReadFailsOneIn) == 0)
        {
            throw new IOException("The simulated medium cannot read this.");
        }
    }

    public void ThrowIfSyncFails()
    {
        Figures.Syncs++;
        if (_failNextSync || (Faults.SyncFailsOneIn > 0 && Random.Next(Faults.SyncFailsOneIn) == 0))
        {
            _failNextSync = false;
            Figures.FailedSyncs++;
            throw new IOException("The simulated medium failed to sync.");
        }
    }

    public void Sync(SimulatedContent content)
    {
        try
        {
            ThrowIfSyncFails();
        }
        catch (IOException)
        {
            content.Forget();
            throw;
        }

        content.Sync();
    }

    /// <summary>Takes room for a file up to a length.</summary>
    public void Allocate(SimulatedContent content, long lengthBytes)
    {
        var more = Math.Max(0, lengthBytes - content.Allocated);
        if (more > 0 && Directory.Names.Values.Sum(c => c.Allocated) + more > Faults.CapacityBytes)
        {
            Figures.FullCalls++;
            throw new FileLayerFullException("The simulated medium is full.");
        }

        content.Allocated += more;
    }
}
