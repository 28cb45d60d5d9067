using OrleansStorage.Bench.Devices;
using OrleansStorage.Bench.Pools;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Pools;

BenchOptions options;
try
{
    options = BenchOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

var root = Directory.CreateDirectory(Path.Combine(options.Directory, $"ostor-bench-pools-{Environment.ProcessId}")).FullName;
var isCold = PageCache.TryDrop();
Console.WriteLine($"Six devices on one disk, in {root} (removed at the end). MB/s of user data, {options.TotalBytes >> 20} MiB a row, writes durable.");
Console.WriteLine(isCold
    ? "Reads: the page cache is dropped before each row."
    : "Reads: NOT cold, because only root may drop the page cache.");
try
{
    // So that no row pays for the compilation of what it runs.
    await PoolAsync(new Results(), 1 << 20, "rs:4+2", new ProtectionOptions().HedgeDelay, isDegradedFirst: false);
    await PoolAsync(new Results(), 1 << 20, "rs:4+2", TimeSpan.Zero, isDegradedFirst: false);
    foreach (var blobBytes in options.BlobBytes)
    {
        var results = new Results();
        for (var round = 0; round < options.Rounds; round++)
        {
            await RawAsync(results, blobBytes);
            await PoolAsync(results, blobBytes, "rs:4+2", new ProtectionOptions().HedgeDelay, isDegradedFirst: round % 2 == 1);
            await PoolAsync(results, blobBytes, "rs:4+2", TimeSpan.Zero, isDegradedFirst: round % 2 == 1);
            await PoolAsync(results, blobBytes, "mirror:3", new ProtectionOptions().HedgeDelay, isDegradedFirst: round % 2 == 1);
        }

        Console.WriteLine();
        Console.WriteLine($"{blobBytes >> 20} MiB blobs");
        results.Print();
    }
}
finally
{
    Directory.Delete(root, recursive: true);
}

Console.WriteLine();
Console.WriteLine("Beside (stated, not measured in this run; GlusterFS disperse 4+2, six bricks on such a disk, through FUSE, 1 MiB sequential,");
Console.WriteLine("and ext4 on the same machine): GlusterFS write+fsync 75 MB/s, cold read 133 MB/s, cold read with one brick gone 141 MB/s;");
Console.WriteLine("ext4 1,319 and 390 MB/s.");
return 0;

async Task RawAsync(Results results, int blobBytes)
{
    var payload = AlignedPayload.Create(blobBytes);
    var count = (int)(options.TotalBytes / blobBytes);
    using var raw = new RawFile(root, options.TotalBytes);
    results.Add("one file, write + sync each", options.TotalBytes, await Measured.RunAsync(() =>
    {
        for (var i = 0; i < count; i++)
        {
            raw.Write(payload.Span, (long)i * blobBytes);
            raw.SyncData();
        }

        return Task.CompletedTask;
    }));
    PageCache.TryDrop();
    results.Add("one file, read", options.TotalBytes, await Measured.RunAsync(() =>
    {
        for (var i = 0; i < count; i++)
        {
            raw.Read(payload.Span, (long)i * blobBytes);
        }

        return Task.CompletedTask;
    }));
}

async Task PoolAsync(Results results, int blobBytes, string protection, TimeSpan hedgeDelay, bool isDegradedFirst)
{
    const int gone = 2;
    var payload = AlignedPayload.Create(blobBytes);
    var count = (int)(options.TotalBytes / blobBytes);
    var name = hedgeDelay > TimeSpan.Zero ? protection : $"{protection}, not hedged";
    await using var pool = await BenchPool.CreateAsync(Path.Combine(root, "pool"), PoolProtection.Parse(protection), hedgeDelay);
    foreach (var atOnce in new[] { 1, 4 })
    {
        var buffers = Enumerable.Range(0, atOnce).Select(_ => GC.AllocateUninitializedArray<byte>(blobBytes)).ToArray();
        foreach (var isDegraded in new[] { isDegradedFirst, !isDegradedFirst })
        {
            // Each row reads blobs of its own: what was read before comes faster from virtual disks, however cold the page cache is. And
            // the rows change places from round to round, so that neither is favoured by its place.
            BlobId[] blobs = [];
            results.Add($"{name}, write, {atOnce} at once", options.TotalBytes, await Measured.RunAsync(async () =>
                blobs = await pool.WriteAsync(payload, count, atOnce)));
            PageCache.TryDrop();
            pool.SetGone(gone, isDegraded);
            var what = isDegraded ? $"read, {gone} devices gone" : "read";
            results.Add($"{name}, {what}, {atOnce} at once", options.TotalBytes, await Measured.RunAsync(() => pool.ReadAsync(blobs, buffers)));
            pool.SetGone(gone, isGone: false);
        }
    }
}
