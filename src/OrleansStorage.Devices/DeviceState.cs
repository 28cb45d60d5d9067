namespace OrleansStorage.Devices;

/// <summary>Whether a device can be used.</summary>
public enum DeviceState
{
    /// <summary>In service.</summary>
    Healthy = 1,

    /// <summary>Out of service for good, because a write or a sync failed. Every call throws.</summary>
    Failed = 2,

    /// <summary>Closed by its owner.</summary>
    Closed = 3,

    /// <summary>It is on another silo, which cannot be reached. It may come back.</summary>
    Unreachable = 4,
}
