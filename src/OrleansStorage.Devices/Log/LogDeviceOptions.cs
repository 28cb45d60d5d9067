namespace OrleansStorage.Devices.Log;

/// <summary>How a <see cref="LogDevice"/> works.</summary>
public sealed class LogDeviceOptions
{
    /// <summary>
    /// Length of a segment file, in bytes; fixed when the device is formatted. 64 KiB to 2 GiB; the largest fragment that
    /// fits is a segment less 32 KiB.
    /// </summary>
    public long SegmentBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Every commit begins at a multiple of this, so that no sync rewrites a sector with acknowledged records. 512 or 4096 bytes: the
    /// physical sector of the medium.
    /// </summary>
    public int CommitAlignmentBytes { get; set; } = 4096;

    /// <summary>Most records that wait to be written; more calls get <see cref="DeviceBusyException"/>.</summary>
    public int PendingRecordsMax { get; set; } = 16_384;

    /// <summary>Most bytes in one commit, beyond its first record.</summary>
    public int CommitBytesMax { get; set; } = 32 << 20;

    /// <summary>A commit is prepared while another is being synced when at least this many bytes wait.</summary>
    public int OverlapFromBytes { get; set; } = 512 << 10;

    /// <summary>Bytes of log after which a checkpoint is taken; bounds recovery.</summary>
    public long CheckpointEveryBytes { get; set; } = 1L << 30;

    /// <summary>Compaction, checkpoints and scrubs run by themselves. Off: only when called.</summary>
    public bool RunMaintenance { get; set; } = true;

    /// <summary>How often maintenance looks whether something is to be done.</summary>
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A segment is compacted when less than this part of it is live, 0 to 1.</summary>
    public double CompactBelowLive { get; set; } = 0.6;

    /// <summary>Most bytes that compaction reads in a second, unless the device runs out of segments.</summary>
    public long CompactBytesPerSecond { get; set; } = 64L << 20;

    /// <summary>Most bytes that a scrub reads in a second.</summary>
    public long ScrubBytesPerSecond { get; set; } = 16L << 20;

    /// <summary>Time from the end of a scrub to the begin of the next one; zero for no scrubs.</summary>
    public TimeSpan ScrubInterval { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Called with each bad fragment or block that a scrub finds, on the scrub's own time; must not throw.</summary>
    public Action<BadRecord>? OnBadRecord { get; set; }

    /// <summary>Time for maintenance.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>A planted bug, to see that the tests find it.</summary>
    internal PlantedBug PlantedBug { get; set; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentBytes, 2L << 30);
        ArgumentOutOfRangeException.ThrowIfNotEqual(SegmentBytes % RecordHeader.PageBytes, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(PendingRecordsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CommitBytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointEveryBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompactBytesPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ScrubBytesPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaintenanceInterval, TimeSpan.Zero);
        if (CommitAlignmentBytes is not (512 or 4096))
        {
            throw new ArgumentOutOfRangeException(nameof(CommitAlignmentBytes), CommitAlignmentBytes, "512 or 4096.");
        }
    }
}

/// <summary>What a test breaks on purpose.</summary>
internal enum PlantedBug
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Writes are acknowledged before they are synced.</summary>
    AcknowledgeBeforeSync,

    /// <summary>Compaction forgets tombstones.</summary>
    DropTombstones,

    /// <summary>Reads are not verified.</summary>
    SkipVerification,

    /// <summary>A compacted segment is removed before its copies are durable.</summary>
    RemoveBeforeCopy,

    /// <summary>Recovery takes records without verifying their payload.</summary>
    TrustTornTail,
}
