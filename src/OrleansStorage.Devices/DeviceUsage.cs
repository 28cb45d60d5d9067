namespace OrleansStorage.Devices;

/// <summary>How full a device is.</summary>
/// <param name="LiveBytes">Bytes of records that are still wanted, with their headers.</param>
/// <param name="UsedBytes">Bytes that its files occupy: live, dead and preallocated.</param>
/// <param name="CapacityBytes">Most bytes that it may occupy.</param>
/// <param name="AvailableBytes">
/// Bytes of payload that fit before it is full, not counting what compaction can free and with the reserve for
/// deletes and compaction taken off. An estimate: headers and rounding come on top of payload.
/// </param>
/// <param name="Fragments">Number of fragments.</param>
/// <param name="Blocks">Number of extent blocks.</param>
public readonly record struct DeviceUsage(
    long LiveBytes, long UsedBytes, long CapacityBytes, long AvailableBytes, long Fragments, long Blocks);
