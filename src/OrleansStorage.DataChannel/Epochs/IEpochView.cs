using OrleansStorage.Devices.Extents;

namespace OrleansStorage.DataChannel.Epochs;

/// <summary>What a caller of devices believes of stripe groups. Safe to call from many threads; cheap.</summary>
public interface IEpochView
{
    /// <summary>The epoch of a group, as far as the caller knows; 0 when it knows none.</summary>
    ulong EpochOf(uint group);

    /// <summary>The group that holds an extent; 0 when only the fence of the extent is to be checked.</summary>
    uint GroupOf(ExtentId extent);
}
