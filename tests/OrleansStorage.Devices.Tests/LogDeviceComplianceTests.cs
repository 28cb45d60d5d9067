using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Devices.Tests;

public sealed class LogDeviceComplianceTests : DeviceComplianceTests
{
    protected override IDevice Create() => new SimulatedDevice(1).Device;

    [Fact]
    public void Sizes_InMemory_AreAsDocumented()
    {
        Assert.Equal(16, System.Runtime.CompilerServices.Unsafe.SizeOf<FragmentPlace>());
        Assert.Equal(24, System.Runtime.CompilerServices.Unsafe.SizeOf<FragmentId>());
        Assert.Equal(24, System.Runtime.CompilerServices.Unsafe.SizeOf<BlockPlace>());
    }
}
