namespace OrleansStorage.Devices.Extents;

/// <summary>A stored block.</summary>
/// <param name="Number">Its place in the extent.</param>
/// <param name="Version">The newest version that the device has.</param>
public readonly record struct BlockEntry(uint Number, BlockVersion Version);
