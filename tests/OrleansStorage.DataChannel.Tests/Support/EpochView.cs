using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.Devices.Extents;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>A caller that believes in one epoch for all groups.</summary>
internal sealed class EpochView : IEpochView
{
    public ulong Epoch { get; set; }

    public uint ExtentGroup { get; set; }

    public ulong EpochOf(uint group) => Epoch;

    public uint GroupOf(ExtentId extent) => ExtentGroup;
}
