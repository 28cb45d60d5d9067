using System.Globalization;
using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>One file of the log. Everything in it is guarded by <see cref="LogState.Gate"/>.</summary>
/// <remarks>
/// <code>
/// spare ── the log reaches it ──── active ── full, or the device was reopened ──── sealed ── nothing live ──── removed
/// </code>
/// A removed segment keeps its file open until the last read in it has ended.
/// </remarks>
internal sealed class Segment(uint id, ISegmentFile file)
{
    private int _readers;
    private bool _removed;

    public uint Id { get; } = id;

    public ISegmentFile File { get; } = file;

    public string Name => NameOf(Id);

    /// <summary>Where the next record goes; the end of the last one when sealed.</summary>
    public long EndBytes { get; set; } = SegmentHeader.SizeBytes;

    /// <summary>Bytes of records that the index points to.</summary>
    public long LiveBytes { get; set; }

    /// <summary>Bytes of tombstones, and the oldest segment that any of them may be needed for.</summary>
    public long TombstoneBytes { get; set; }

    public uint TombstoneFloor { get; set; } = uint.MaxValue;

    public bool IsSealed { get; set; }

    /// <summary>Compaction cannot move all of its records, so it stays.</summary>
    public bool IsPinned { get; set; }

    public static string NameOf(uint id) => string.Create(CultureInfo.InvariantCulture, $"segment-{id:x8}.log");

    public static bool TryParseName(string name, out uint id)
    {
        id = 0;
        return name.Length == 20
            && name.StartsWith("segment-", StringComparison.Ordinal)
            && name.EndsWith(".log", StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    public void AddTombstone(uint floor, int bytes)
    {
        TombstoneBytes += bytes;
        TombstoneFloor = Math.Min(TombstoneFloor, floor);
    }

    public void BeginRead() => _readers++;

    /// <summary>Whether the file may be closed now.</summary>
    public bool EndRead() => --_readers == 0 && _removed;

    /// <inheritdoc cref="EndRead"/>
    public bool Remove()
    {
        _removed = true;
        return _readers == 0;
    }
}
