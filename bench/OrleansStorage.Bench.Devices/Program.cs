using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansStorage.Bench.Devices;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;
using OrleansStorage.Devices.Memory;
using OrleansStorage.Hashing;
using OrleansStorage.Pools;

// usage: OrleansStorage.Bench.Devices [directory] [small|large|memory|recovery ...]
const int kibi = 1 << 10;
const int mebi = 1 << 20;
var root = Path.GetFullPath(args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "ostor-bench-devices"));
var wanted = args.Length > 1 ? args[1..] : ["small", "large", "memory", "recovery"];
Directory.CreateDirectory(root);
long syncs = 0;
using var listener = new MeterListener
{
    InstrumentPublished = (instrument, l) =>
    {
        if (instrument.Name == "device.commits")
        {
            l.EnableMeasurementEvents(instrument);
        }
    },
};
listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref syncs, value));
listener.Start();

var random = Payloads.Random();
foreach (var what in wanted)
{
    switch (what)
    {
        case "small":
            await SmallAsync();
            break;
        case "large":
            await LargeAsync();
            break;
        case "memory":
            await MemoryAsync();
            break;
        case "recovery":
            await RecoveryAsync();
            break;
        default:
            Console.Error.WriteLine($"No such benchmark: {what}");
            return 2;
    }
}

return 0;

async Task SmallAsync()
{
    Console.WriteLine("4 KiB fragments, durable");
    var payload = Payloads.Bytes(random, 4 * kibi);
    await RawSyncAsync(payload);
    foreach (var writers in new[] { 1, 16, 128 })
    {
        await using var device = await OpenNewAsync();
        var sequence = 0L;
        var until = 0L;
        var done = 0L;
        async Task WriteAsync()
        {
            while (Stopwatch.GetTimestamp() < until)
            {
                await device.WriteFragmentAsync(Id(Interlocked.Increment(ref sequence)), payload, default);
                Interlocked.Increment(ref done);
            }
        }

        async Task AllAsync(double seconds)
        {
            until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
            await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync)));
        }

        await AllAsync(0.5);
        (done, syncs) = (0, 0);
        var measured = await Measured.RunAsync(() => AllAsync(3));
        Console.WriteLine($"  {writers,3} writers            {measured.PerOperation(done)}  {syncs / measured.Seconds,8:N0} syncs/s");
        await ReadSmallAsync(device, (int)Math.Min(sequence, 20_000));
    }

    await RawSyncAsync(payload);
}

async Task ReadSmallAsync(LogDevice device, int count)
{
    var buffer = new byte[4 * kibi];
    async Task ReadAsync()
    {
        for (var i = 1; i <= count; i++)
        {
            await device.ReadFragmentAsync(Id(i), 0, buffer, default);
        }
    }

    var measured = await Measured.BestAsync(3, ReadAsync);
    Console.WriteLine($"      reads, cached     {measured.PerOperation(count)}");
}

async Task RawSyncAsync(byte[] payload)
{
    using var raw = new RawFile(root, 64L * mebi);
    var operations = 0L;
    var begin = Stopwatch.GetTimestamp();
    var measured = await Measured.RunAsync(() =>
    {
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < 2)
        {
            raw.Write(payload, operations % (8 * kibi) * 8 * kibi);
            raw.SyncData();
            operations++;
        }

        return Task.CompletedTask;
    });
    Console.WriteLine($"  raw pwrite+fdatasync   {measured.PerOperation(operations)}");
}

async Task LargeAsync()
{
    foreach (var size in new[] { 4 * mebi, 8 * mebi })
    {
        var count = 512 * mebi / size;
        Console.WriteLine($"{size / mebi} MiB blobs, {count} of them");
        var payload = Payloads.Bytes(random, size);
        long total = (long)size * count;
        for (var round = 0; round < 3; round++)
        {
            using var fresh = new RawFile(root, total);
            var write = await Measured.RunAsync(() =>
            {
                for (var i = 0; i < count; i++)
                {
                    fresh.Write(payload, (long)i * size);
                    fresh.SyncData();
                }

                return Task.CompletedTask;
            });
            Console.WriteLine($"  raw write + sync each  {write.PerByte(total, count)}");
            await LargeOnDeviceAsync(payload, count, 1);
            await LargeOnDeviceAsync(payload, count, 4);
        }

        Clear();
        using (var raw = new RawFile(root, total))
        {
            var rewrite = await Measured.BestAsync(3, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    raw.Write(payload, (long)i * size);
                }

                return Task.CompletedTask;
            });
            Console.WriteLine($"  raw write, no sync     {rewrite.PerByte(total, count)}");
            var buffer = new byte[size];
            var read = await Measured.BestAsync(3, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    raw.Read(buffer, (long)i * size);
                }

                return Task.CompletedTask;
            });
            Console.WriteLine($"  raw read, cached       {read.PerByte(total, count)}");
            var crc = await Measured.BestAsync(3, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    Crc32C.Append(0, payload);
                }

                return Task.CompletedTask;
            });
            Console.WriteLine($"  CRC-32C alone          {crc.PerByte(total, count)}");
        }
    }
}

async Task LargeOnDeviceAsync(byte[] payload, int count, int writers)
{
    await using var device = await OpenNewAsync();
    await using var pool = new LocalPool(
        PoolLayout.Create([new PoolDevice(device.Identity.Id, "here", device.Identity.CapacityBytes)], 1, 1),
        [device],
        new LocalPoolOptions { Writer = 1 });
    await using var session = pool.BeginWrite();
    var blobs = new BlobId[count];
    long total = (long)payload.Length * count;
    syncs = 0;
    var write = await Measured.RunAsync(() => ForAllAsync(writers, count, async (i, _) =>
        blobs[i] = await session.WriteAsync(payload, default)));
    Console.WriteLine($"  pool write, {writers} at once   {write.PerByte(total, count)}  {syncs} syncs");
    session.Keep();
    var buffers = Enumerable.Range(0, writers).Select(_ => new byte[payload.Length]).ToArray();
    var read = await Measured.BestAsync(3, () => ForAllAsync(writers, count, async (i, worker) =>
        await pool.ReadAsync(blobs[i], 0, buffers[worker], default)));
    Console.WriteLine($"  pool read,  {writers} at once   {read.PerByte(total, count)}");
}

async Task MemoryAsync()
{
    Console.WriteLine("Memory tier, 4 KiB");
    const int count = 50_000;
    await using var device = new MemoryDevice(new DeviceIdentity(Guid.NewGuid(), DeviceTier.Memory, 1L << 30));
    var payload = Payloads.Bytes(random, 4 * kibi);
    var buffer = new byte[4 * kibi];
    var next = 0L;
    var put = await Measured.BestAsync(5, async () =>
    {
        await device.DeleteFragmentsAsync([.. Enumerable.Range(0, count).Select(i => Id(next - i))], default);
        for (var i = 0; i < count; i++)
        {
            await device.WriteFragmentAsync(Id(++next), payload, default);
        }
    });
    Console.WriteLine($"  put (and delete)       {put.PerOperation(count)}");
    var get = await Measured.BestAsync(5, async () =>
    {
        for (var i = 0; i < count; i++)
        {
            await device.ReadFragmentAsync(Id(next - i), 0, buffer, default);
        }
    });
    Console.WriteLine($"  get                    {get.PerOperation(count)}");
}

async Task RecoveryAsync()
{
    Console.WriteLine("Recovery of 1 GiB of log");
    foreach (var size in new[] { 4 * kibi, 4 * mebi })
    {
        var payload = Payloads.Bytes(random, size);
        var count = (int)((1L << 30) / size);
        Clear();
        var layer = new DirectoryFileLayer(root);
        await LogDevice.FormatAsync(layer, Identity(), Options());
        var device = await LogDevice.OpenAsync(layer, Options());
        await ForAllAsync(512, count, async (i, _) => await device.WriteFragmentAsync(Id(i + 1), payload, default));

        // Without checkpoints, as after a crash, and with the one that closing leaves.
        await device.DisposeAsync();
        foreach (var file in Directory.GetFiles(root, "checkpoint-*"))
        {
            File.Delete(file);
        }

        for (var round = 0; round < 2; round++)
        {
            LogDevice again = null!;
            var measured = await Measured.RunAsync(async () =>
                again = await LogDevice.OpenAsync(new DirectoryFileLayer(root), Options()));
            var report = again.Recovered;
            Console.WriteLine(
                $"  {size / kibi,5} KiB fragments, {(report.FromCheckpoint ? "checkpoint" : "whole log "),-10} {report.Elapsed.TotalSeconds,7:N3} s, {measured.CpuSeconds,6:N3} s CPU,"
                + $" {report.Records} records, {report.ReadBytes / mebi} MiB read, {again.Usage.Fragments} fragments");
            await again.DisposeAsync();
        }
    }

    Clear();
}

async Task ForAllAsync(int workers, int count, Func<int, int, Task> work)
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

async Task<LogDevice> OpenNewAsync()
{
    Clear();
    var layer = new DirectoryFileLayer(root);
    await LogDevice.FormatAsync(layer, Identity(), Options());
    return await LogDevice.OpenAsync(layer, Options());
}

void Clear()
{
    foreach (var file in Directory.GetFiles(root))
    {
        File.Delete(file);
    }
}

static DeviceIdentity Identity() => new(new Guid(1, 1, 1, new byte[8]), DeviceTier.Ssd, 8L << 30);

static LogDeviceOptions Options() => new() { CheckpointEveryBytes = long.MaxValue };

static FragmentId Id(long sequence) => new(new BlobId(1, 1, (ulong)sequence), 0);

internal static class Payloads
{
#pragma warning disable RS0030 // A fixed seed: every run writes the same bytes.
    public static Random Random() => new(1);
#pragma warning restore RS0030

    public static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
