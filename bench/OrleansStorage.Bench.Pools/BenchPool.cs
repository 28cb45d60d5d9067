using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Log;
using OrleansStorage.Pools;

namespace OrleansStorage.Bench.Pools;

/// <summary>A pool on six device directories of one disk.</summary>
internal sealed class BenchPool : IAsyncDisposable
{
    private const int DeviceCount = 6;

    private readonly string _directory;
    private readonly LogDevice[] _devices;
    private readonly PoolMembers _members;
    private readonly LocalPool _pool;

    private BenchPool(string directory, LogDevice[] devices, PoolProtection protection, TimeSpan hedgeDelay)
    {
        _directory = directory;
        _devices = devices;
        _members = new PoolMembers(devices);
        var layout = PoolLayout.Create(
            [.. devices.Select((device, i) => new PoolDevice(device.Identity.Id, $"{i}", device.Identity.CapacityBytes))],
            protection.Slots,
            1);
        _pool = new LocalPool(
            new GroupMap(layout.Groups, _members),
            _members,
            protection.CreateProtection(_members, new ProtectionOptions { HedgeDelay = hedgeDelay }),
            new LocalPoolOptions { Writer = 1 });
    }

    public static async Task<BenchPool> CreateAsync(string directory, PoolProtection protection, TimeSpan hedgeDelay)
    {
        var devices = new LogDevice[DeviceCount];
        var options = new LogDeviceOptions { CheckpointEveryBytes = long.MaxValue };
        for (var i = 0; i < DeviceCount; i++)
        {
            var layer = new DirectoryFileLayer(Directory.CreateDirectory(Path.Combine(directory, $"device-{i}")).FullName);
            var identity = new DeviceIdentity(new Guid(i + 1, 0, 0, new byte[8]), DeviceTier.Ssd, 8L << 30);
            await LogDevice.FormatAsync(layer, identity, options);
            devices[i] = await LogDevice.OpenAsync(layer, options);
        }

        return new BenchPool(directory, devices, protection, hedgeDelay);
    }

    public async Task<BlobId[]> WriteAsync(ReadOnlyMemory<byte> payload, int count, int atOnce)
    {
        var blobs = new BlobId[count];
        await using var session = _pool.BeginWrite();
        await ForAllAsync(atOnce, count, async (i, _) => blobs[i] = await session.WriteAsync(payload, default));
        session.Keep();
        return blobs;
    }

    public async Task ReadAsync(BlobId[] blobs, byte[][] buffers) =>
        await ForAllAsync(buffers.Length, blobs.Length, async (i, worker) =>
            await _pool.ReadAsync(blobs[i], 0, buffers[worker], default));

    /// <summary>The first devices are given up, or there again.</summary>
    public void SetGone(int count, bool isGone)
    {
        foreach (var device in _devices[..count])
        {
            _members.SetState(device.Identity.Id, isGone ? MemberState.Lost : MemberState.Online);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static async Task ForAllAsync(int workers, int count, Func<int, int, Task> work)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                await work(i, worker);
            }
        })));
    }
}
