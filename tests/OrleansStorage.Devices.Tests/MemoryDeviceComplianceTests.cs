using OrleansStorage.Devices.Memory;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Devices.Tests;

public sealed class MemoryDeviceComplianceTests : DeviceComplianceTests
{
    protected override IDevice Create() => CreateMemory();

    [Fact]
    public async Task DamagedPage_IsNoticed()
    {
        await using var device = CreateMemory();
        await device.WriteFragmentAsync(SimulatedDevice.Id(1), SimulatedDevice.Payload(1, 10_000), default);
        device.Arena[1][17] ^= 1;

        var part = new byte[100];
        await device.ReadFragmentAsync(SimulatedDevice.Id(1), 0, part, default);
        await Assert.ThrowsAsync<CorruptFragmentException>(
            async () => await device.ReadFragmentAsync(SimulatedDevice.Id(1), 5_000, part, default));
        Assert.Equal(1, device.Health.CorruptReads);
    }

    [Fact]
    public async Task ReadersBesideWriters_NeverSeeBytesOfAnother()
    {
        await using var device = CreateMemory();
        var stop = 0;
        var reads = 0;
        var seen = 0;
        var reader = Task.Run(async () =>
        {
            var buffer = new byte[8_192];
            while (Volatile.Read(ref stop) == 0)
            {
                var id = 1 + (reads++ % 16);
                try
                {
                    await device.ReadFragmentAsync(SimulatedDevice.Id(id), 0, buffer, default);
                    Assert.True(buffer.AsSpan().IndexOfAnyExcept((byte)id) < 0, "bytes of another fragment");
                    Volatile.Write(ref seen, seen + 1);
                }
                catch (FragmentNotFoundException)
                {
                    // It is being written again.
                }
            }
        });
        // On a busy machine the reader may begin late.
        for (var i = 0; i < 20_000 || (Volatile.Read(ref seen) <= 100 && !reader.IsCompleted); i++)
        {
            var id = 1 + (i % 16);
            await device.DeleteFragmentsAsync([SimulatedDevice.Id(id)], default);
            await device.WriteFragmentAsync(SimulatedDevice.Id(id), Enumerable.Repeat((byte)id, 8_192).ToArray(), default);
        }

        Volatile.Write(ref stop, 1);
        await reader;
        Assert.True(seen > 100, $"{seen} of {reads} reads found something");
    }

    private static MemoryDevice CreateMemory() => new(new DeviceIdentity(new Guid(5, 5, 5, new byte[8]), DeviceTier.Memory, 512 << 10));
}
