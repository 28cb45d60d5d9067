namespace OrleansStorage.Devices.Extents;

/// <summary>A block to write.</summary>
/// <param name="Number">Its place in the extent, from 0; below <see cref="IDevice.ExtentBlocksMax"/>.</param>
/// <param name="Version">Its version; the epoch is 1 or more.</param>
/// <param name="Payload">Exactly <see cref="IDevice.BlockSizeBytes"/> bytes; unchanged until the call completes.</param>
public readonly record struct BlockWrite(uint Number, BlockVersion Version, ReadOnlyMemory<byte> Payload);
