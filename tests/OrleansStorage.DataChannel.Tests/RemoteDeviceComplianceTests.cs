using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Memory;
using OrleansStorage.Devices.Tests;
using Xunit;

namespace OrleansStorage.DataChannel.Tests;

/// <summary>What every device does alike, over a connection in memory.</summary>
public sealed class RemoteDeviceInMemoryComplianceTests : DeviceComplianceTests, IAsyncLifetime
{
    private readonly List<ChannelFixture> _fixtures = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var fixture in _fixtures)
        {
            await fixture.DisposeAsync();
        }
    }

    protected override IDevice Create()
    {
        _fixtures.Add(ChannelFixture.InMemory(Small()));
        return _fixtures[^1].Remote();
    }

    internal static MemoryDevice Small() => new(new DeviceIdentity(new Guid(5, 5, 5, new byte[8]), DeviceTier.Memory, 512 << 10));
}

/// <summary>What every device does alike, over TCP.</summary>
public sealed class RemoteDeviceOverTcpComplianceTests : DeviceComplianceTests, IAsyncLifetime
{
    private readonly List<ChannelFixture> _fixtures = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var fixture in _fixtures)
        {
            await fixture.DisposeAsync();
        }
    }

    protected override IDevice Create()
    {
        _fixtures.Add(ChannelFixture.OverTcp(RemoteDeviceInMemoryComplianceTests.Small()));
        return _fixtures[^1].Remote();
    }
}
