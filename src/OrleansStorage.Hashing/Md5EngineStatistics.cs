namespace OrleansStorage.Hashing;

/// <summary>What an <see cref="Md5Engine"/> has done so far. The figures only grow.</summary>
/// <param name="AloneBytes">Bytes that a caller computed at once because no other stream was active.</param>
/// <param name="LaneBytes">Bytes that went through the queue.</param>
/// <param name="Segments">Stretches of blocks that were computed in lock step.</param>
/// <param name="SegmentLanes">Streams in all those stretches: divided by their number, how full the lanes are.</param>
/// <param name="Rescues">Turns that a thread of the engine's own took because the thread pool did not.</param>
public readonly record struct Md5EngineStatistics(
    long AloneBytes, long LaneBytes, long Segments, long SegmentLanes, long Rescues);
