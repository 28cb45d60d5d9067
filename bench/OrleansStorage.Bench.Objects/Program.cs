using System.Diagnostics;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Memory;
using OrleansStorage.Gateway;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Gateway.Sweeping;
using OrleansStorage.Grains.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Pools;
using OrleansStorage.S3.Store;

// The object path in process, on the memory tier: gateway, grains, metadata in memory, a memory device. No HTTP, nothing
// durable. 4 KiB objects with their MD5, put and read back one after the other, then by as many tasks as processors.
const int ObjectBytes = 4096;
const int Objects = 20_000;
const int Rounds = 7;
const string Bucket = "bench";

await using var metadata = new MemoryMetadataStore();
var incarnation = await SiloRegistration.RegisterAsync(metadata, "bench", TimeProvider.System, CancellationToken.None);
await using var owners = new OwnershipManager(metadata, incarnation, new OwnershipOptions(), TimeProvider.System);
await owners.StartAsync(CancellationToken.None);
var identity = new DeviceIdentity(new Guid(1, 0, 0, new byte[8]), DeviceTier.Memory, 4L << 30);
await using var device = new MemoryDevice(identity);
await using var pool = new LocalPool(
    PoolLayout.Create([new PoolDevice(identity.Id, "a", identity.CapacityBytes)], 1, 1),
    [device],
    new LocalPoolOptions { Writer = incarnation });
using var host = new HostBuilder()
    .UseOrleans(silo =>
    {
        silo.UseLocalhostClustering();
        silo.Services.AddSingleton<IMetadataStore>(metadata);
        silo.Services.AddSingleton(owners);
        silo.Services.AddSingleton(new IdentifierSource(incarnation));
        silo.Services.AddSingleton(TimeProvider.System);
    })
    .Build();
await host.StartAsync();
var store = new GrainObjectStore(
    host.Services.GetRequiredService<IGrainFactory>(),
    metadata,
    new PoolSet(BucketSettings.DefaultPool, pool),
    new OpenReads(TimeProvider.System),
    TimeProvider.System,
    Options.Create(new GatewayOptions()));
var garbage = new GarbageSweep(
    metadata, pool, new OpenReads(TimeProvider.System), TimeProvider.System, Options.Create(new GatewayOptions()));
await store.CreateBucketAsync(Bucket, "me", CancellationToken.None);

var content = RandomNumberGenerator.GetBytes(ObjectBytes);
var keys = Enumerable.Range(0, Objects).Select(i => $"object-{i:d6}").ToArray();
var workers = Environment.ProcessorCount;
var rows = new (string Name, Func<Task> Run, List<double> Micros)[]
{
    ("put 4 KiB", () => PutAllAsync(0, 1), []),
    ("get 4 KiB", () => GetAllAsync(0, 1), []),
    ($"put 4 KiB, {workers} at once", () => AtOnceAsync(PutAllAsync), []),
    ($"get 4 KiB, {workers} at once", () => AtOnceAsync(GetAllAsync), []),
};
for (var round = 0; round <= Rounds; round++)
{
    foreach (var (_, run, micros) in rows)
    {
        var started = Stopwatch.GetTimestamp();
        await run();
        micros.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds / Objects);

        // What was replaced gives its memory back, outside of the measurement.
        await garbage.RunAsync(CancellationToken.None);
    }
}

Console.WriteLine($"{Objects} objects a round, median of {Rounds} rounds after one to warm up, {workers} processors");
foreach (var (name, _, micros) in rows)
{
    var counted = micros.Skip(1).Order().ToArray();
    Console.WriteLine($"{name,-24} {counted[Rounds / 2],8:f2} us/op   min {counted[0]:f2}   max {counted[^1]:f2}");
}

await host.StopAsync();

Task AtOnceAsync(Func<int, int, Task> run) =>
#pragma warning disable RS0030 // Clients, which are no grains.
    Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => run(worker, workers))));
#pragma warning restore RS0030

async Task PutAllAsync(int first, int step)
{
    for (var i = first; i < keys.Length; i += step)
    {
        var digest = new Md5Digest();
        await using var writer = store.OpenWriter(Bucket, keys[i], digest, ObjectBytes);
        content.CopyTo(writer.GetMemory());
        await writer.AdvanceAsync(ObjectBytes, CancellationToken.None);
        await writer.FinishAsync(CancellationToken.None);
        await writer.CommitAsync(
            new ObjectCommit { OwnerId = "me", ETag = digest.ETag }, CancellationToken.None);
    }
}

async Task GetAllAsync(int first, int step)
{
    var pipe = new Pipe();
    for (var i = first; i < keys.Length; i += step)
    {
        await using var reader = await store.OpenReadAsync(Bucket, keys[i], CancellationToken.None)
            ?? throw new InvalidOperationException($"{keys[i]} is gone.");
        await reader.CopyToAsync(pipe.Writer, 0, ObjectBytes, CancellationToken.None);
        await pipe.Writer.FlushAsync();
        var read = await pipe.Reader.ReadAsync();
        if (read.Buffer.Length != ObjectBytes)
        {
            throw new InvalidOperationException($"{keys[i]} has {read.Buffer.Length} bytes.");
        }

        pipe.Reader.AdvanceTo(read.Buffer.End);
    }
}

internal sealed class Md5Digest : IContentDigest
{
    public string ETag { get; private set; } = "";

    public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
#pragma warning disable CA5351 // ETags of S3 are MD5.
        ETag = Convert.ToHexStringLower(MD5.HashData(data.Span));
#pragma warning restore CA5351
        return default;
    }
}
