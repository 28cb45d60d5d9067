namespace OrleansStorage.Devices.Log;

/// <summary>What opening a device had to do.</summary>
/// <param name="FromCheckpoint">A checkpoint was used; otherwise the whole log was read.</param>
/// <param name="Records">Records of the log that were replayed.</param>
/// <param name="ReadBytes">Bytes of the log that were read.</param>
/// <param name="Elapsed">How long it took.</param>
public readonly record struct RecoveryReport(bool FromCheckpoint, long Records, long ReadBytes, TimeSpan Elapsed);
