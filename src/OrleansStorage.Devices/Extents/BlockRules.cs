namespace OrleansStorage.Devices.Extents;

/// <summary>What every device asks of blocks.</summary>
internal static class BlockRules
{
    public static void Check(in BlockWrite block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(block.Number, (uint)IDevice.ExtentBlocksMax, "blocks");
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Payload.Length, IDevice.BlockSizeBytes, "blocks");
        ArgumentOutOfRangeException.ThrowIfZero(block.Version.Epoch, "blocks");
    }

    /// <returns>Number of blocks.</returns>
    public static int CheckRange(uint firstBlock, int destinationBytes, int versions)
    {
        var count = destinationBytes / IDevice.BlockSizeBytes;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destinationBytes % IDevice.BlockSizeBytes, 0, "destination");
        ArgumentOutOfRangeException.ThrowIfNotEqual(versions, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBlock + (long)count, IDevice.ExtentBlocksMax, nameof(firstBlock));
        return count;
    }
}
