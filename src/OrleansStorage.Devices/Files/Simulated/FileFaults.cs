namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>What goes wrong on a <see cref="FaultyFileLayer"/>. May be changed at any time.</summary>
public sealed class FileFaults
{
    /// <summary>Every call takes at least this long.</summary>
    public TimeSpan DelayMin { get; set; } = TimeSpan.Zero;

    /// <summary>Every call takes at most this long; zero completes calls before they return.</summary>
    public TimeSpan DelayMax { get; set; } = TimeSpan.Zero;

    /// <summary>What survives a crash or not as one: 512 bytes, or any other divisor of 4096.</summary>
    public int SectorBytes { get; set; } = 512;

    /// <summary>Bytes that all files together may have.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>
    /// Room is taken when a file is made. Otherwise it is taken as bytes are written, and a write can meet a full medium halfway.
    /// </summary>
    public bool ReservesRoom { get; set; } = true;

    /// <summary>One in so many syncs fails, and what it was to make durable is lost in a crash; 0 for none.</summary>
    public int SyncFailsOneIn { get; set; }

    /// <summary>One in so many reads fails; 0 for none.</summary>
    public int ReadFailsOneIn { get; set; }
}
