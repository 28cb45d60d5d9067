namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>How often something happened on a <see cref="FaultyFileLayer"/>, so that a test can tell that it reached it.</summary>
public sealed class FaultFigures
{
    /// <summary>Crashes.</summary>
    public int Crashes { get; internal set; }

    /// <summary>Writes that a crash lost.</summary>
    public int LostWrites { get; internal set; }

    /// <summary>Writes of which a crash kept some sectors.</summary>
    public int TornWrites { get; internal set; }

    /// <summary>Writes that a crash kept although an earlier one of the same file was lost.</summary>
    public int ReorderedWrites { get; internal set; }

    /// <summary>Creations, deletions and renames that a crash undid.</summary>
    public int LostNames { get; internal set; }

    /// <summary>Syncs.</summary>
    public int Syncs { get; internal set; }

    /// <summary>Syncs that failed.</summary>
    public int FailedSyncs { get; internal set; }

    /// <summary>Calls that met a full medium.</summary>
    public int FullCalls { get; internal set; }

    /// <summary>Bits that were flipped.</summary>
    public int FlippedBits { get; internal set; }
}
