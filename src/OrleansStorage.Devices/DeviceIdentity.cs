namespace OrleansStorage.Devices;

/// <summary>What a device is, fixed when it is formatted.</summary>
/// <param name="Id">Its name, never used by another device.</param>
/// <param name="Tier">Its medium.</param>
/// <param name="CapacityBytes">Most bytes that it occupies on its medium, everything included.</param>
public sealed record DeviceIdentity(Guid Id, DeviceTier Tier, long CapacityBytes);
