namespace OrleansStorage.Devices.Extents;

/// <summary>An extent that a device has blocks or a fence of.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Fence">The lowest epoch that it accepts; 0 when it was never fenced.</param>
/// <param name="Blocks">Number of its blocks that were written.</param>
public readonly record struct ExtentEntry(ExtentId Id, ulong Fence, int Blocks);
