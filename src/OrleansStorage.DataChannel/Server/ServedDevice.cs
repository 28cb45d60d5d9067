using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Server;

/// <summary>A device, and the epochs that it was told.</summary>
internal sealed record ServedDevice(IDevice Device, EpochGuard Guard);
