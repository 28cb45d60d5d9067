using OrleansStorage.Devices.Extents;

namespace OrleansStorage.DataChannel.Client;

/// <summary>What a call was about, for the error that it may get.</summary>
/// <param name="Extent">The extent.</param>
/// <param name="Epoch">The lowest epoch of its blocks.</param>
internal readonly record struct CallSubject(ExtentId Extent, ulong Epoch);
