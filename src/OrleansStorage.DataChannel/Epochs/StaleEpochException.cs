using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Epochs;

/// <summary>The device was told a newer epoch of the group: nothing was done, and the caller is to ask who is in the group now.</summary>
public sealed class StaleEpochException(uint group, ulong epoch, ulong current)
    : DeviceException($"Epoch {epoch} of group {group} is older than {current}.")
{
    /// <summary>The group.</summary>
    public uint Group { get; } = group;

    /// <summary>The epoch that the caller gave.</summary>
    public ulong Epoch { get; } = epoch;

    /// <summary>The epoch that the device has.</summary>
    public ulong Current { get; } = current;
}
