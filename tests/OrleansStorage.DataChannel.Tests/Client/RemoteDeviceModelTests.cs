using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Memory;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Client;

/// <summary>
/// Goal: a device behind a channel does what a device beside the caller does. Method: the same random calls on both; results, errors and
/// what is there afterwards are equal. The devices are small, so that they are full now and then.
/// </summary>
public sealed class RemoteDeviceModelTests
{
    private const int Steps = 3_000;

    private readonly int _seed = TestSeed.Next();
    private readonly Dictionary<string, int> _reached = [];

    [Fact]
    public async Task RandomCalls_DoTheSameAsOnALocalDevice()
    {
        var random = TestSeed.Create(_seed);
        await using var local = ChannelFixture.Memory(1);
        await using var fixture = ChannelFixture.InMemory(ChannelFixture.Memory(1));
        await using var remote = fixture.Remote();
        for (var i = 0; i < Steps; i++)
        {
            await StepAsync(random, i, local, remote);
            Assert.Equal(local.Usage, fixture.Device.Usage);
        }

        await remote.RefreshAsync(default);
        Assert.Equal(local.Usage, remote.Usage);
        Assert.Equal(local.State, remote.State);
        string[] wanted =
        [
            "write", "batch", "read", "delete", "find", "list", "blocks", "read blocks", "fence", "list extents", "list blocks", "delete extent",
            nameof(FragmentNotFoundException), nameof(FragmentExistsException), nameof(DeviceFullException), nameof(FencedException),
            nameof(ArgumentOutOfRangeException),
        ];
        foreach (var what in wanted)
        {
            Assert.True(_reached.GetValueOrDefault(what) >= 5, $"seed {_seed}: {what} was reached {_reached.GetValueOrDefault(what)} times");
        }
    }

    private static FragmentId AnyId(Random random) => Samples.Id(random.Next(1, 40), (uint)random.Next(1, 4));

    private static ExtentId AnyExtent(Random random) => new(1, (ulong)random.Next(3));

    private async Task StepAsync(Random random, int step, MemoryDevice local, RemoteDevice remote)
    {
        var id = AnyId(random);
        var extent = AnyExtent(random);
        switch (random.Next(12))
        {
            case 0:
                var payload = Samples.Bytes(random.Next(3), random.Next(8) == 0 ? 300_000 : random.Next(0, 40_000));
                await SameAsync("write", step, local, remote, async d => await NothingAsync(d.WriteFragmentAsync(id, payload, default)));
                break;
            case 1:
                var batch = Enumerable.Range(0, random.Next(1, 6)).Select(_ => new FragmentWrite(AnyId(random), Samples.Bytes(1, 20))).ToList();
                await SameAsync("batch", step, local, remote, async d => await NothingAsync(WriteInGroupsAsync(d, batch)));
                break;
            case 2 or 3:
                var (from, length) = (random.Next(20_000), random.Next(20_000));
                await SameAsync("read", step, local, remote, d => ReadAsync(d, id, from, length));
                break;
            case 4:
                FragmentId[] gone = [.. Enumerable.Range(0, random.Next(6)).Select(_ => AnyId(random))];
                await SameAsync("delete", step, local, remote, async d => await NothingAsync(d.DeleteFragmentsAsync(gone, default)));
                break;
            case 5:
                await SameAsync("find", step, local, remote, async d => $"{await d.FindFragmentAsync(id, default)}");
                break;
            case 6:
                var limit = random.Next(1, 50);
                await SameAsync("list", step, local, remote, async d => string.Join(' ', await d.ListFragmentsAsync(id, limit, default)));
                break;
            default:
                await ExtentStepAsync(random, step, extent, local, remote);
                break;
        }
    }

    private async Task ExtentStepAsync(Random random, int step, ExtentId extent, MemoryDevice local, RemoteDevice remote)
    {
        var epoch = (ulong)(1 + (step / 400) + random.Next(3));
        var first = (uint)random.Next(10);
        switch (random.Next(6))
        {
            case 0:
                var blocks = Enumerable.Range(0, random.Next(1, 8))
                    .Select(i => new BlockWrite(first + (uint)i, new BlockVersion(epoch, (ulong)random.Next(100)), Samples.Bytes(step + i, 4096)))
                    .ToList();
                await SameAsync("blocks", step, local, remote, async d => await NothingAsync(d.WriteBlocksAsync(extent, blocks, default)));
                break;
            case 1:
                var count = random.Next(0, 9);
                await SameAsync("read blocks", step, local, remote, d => ReadBlocksAsync(d, extent, first, count));
                break;
            case 2:
                await SameAsync("fence", step, local, remote, async d => $"{await d.FenceExtentAsync(extent, epoch, default)}");
                break;
            case 3:
                await SameAsync("list extents", step, local, remote, async d => string.Join(' ', await d.ListExtentsAsync(extent, 2, default)));
                break;
            case 4:
                await SameAsync("list blocks", step, local, remote, async d => string.Join(' ', await d.ListBlocksAsync(extent, default)));
                break;
            default:
                await SameAsync("delete extent", step, local, remote, async d => await NothingAsync(d.DeleteExtentAsync(extent, default)));
                break;
        }
    }

    /// <summary>A batch over several groups travels as one request each, so the same order is asked of the local device.</summary>
    private static async ValueTask WriteInGroupsAsync(IDevice device, List<FragmentWrite> batch)
    {
        foreach (var ofGroup in batch.GroupBy(write => write.Id.Blob.Group))
        {
            await device.WriteFragmentsAsync([.. ofGroup], default);
        }
    }

    private static async Task<string> NothingAsync(ValueTask call)
    {
        await call;
        return "done";
    }

    private static async Task<string> ReadAsync(IDevice device, FragmentId id, int from, int length)
    {
        var bytes = new byte[length];
        await device.ReadFragmentAsync(id, from, bytes, default);
        return Convert.ToHexString(bytes);
    }

    private static async Task<string> ReadBlocksAsync(IDevice device, ExtentId extent, uint first, int count)
    {
        var (bytes, versions) = (new byte[count * 4096], new BlockVersion[count]);
        await device.ReadBlocksAsync(extent, first, bytes, versions, default);
        return Convert.ToHexString(bytes) + string.Join(' ', versions);
    }

    private async Task SameAsync(string what, int step, IDevice local, IDevice remote, Func<IDevice, Task<string>> call)
    {
        var expected = await ResultAsync(local, call);
        Assert.True(expected == await ResultAsync(remote, call), $"seed {_seed}, step {step}: {what} differs");
        var error = expected.Split('|')[0];
        _reached[what] = _reached.GetValueOrDefault(what) + 1;
        _reached[error] = _reached.GetValueOrDefault(error) + 1;
    }

    private static async Task<string> ResultAsync(IDevice device, Func<IDevice, Task<string>> call)
    {
        try
        {
            return await call(device);
        }
        catch (FencedException e)
        {
            return $"{nameof(FencedException)}|{e.Extent}|{e.Fence}|{e.Message}";
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"{nameof(ArgumentOutOfRangeException)}|";
        }
        catch (DeviceException e)
        {
            return $"{e.GetType().Name}|{e.Message}";
        }
    }
}
