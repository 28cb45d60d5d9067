using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Records that are written and synced together.</summary>
internal sealed class LogBatch(LogWriter writer, Segment segment) : FileCommit
{
    public Segment Segment { get; } = segment;

    public List<LogRecord> Records { get; } = [];

    public ulong FirstLsn { get; set; }

    public ulong LastLsn { get; set; }

    public long Bytes { get; set; }

    /// <summary>Where the next batch begins.</summary>
    public RecordPlace End { get; set; }

    public override void Complete(Exception? error) => writer.OnCommitted(this, error);
}
