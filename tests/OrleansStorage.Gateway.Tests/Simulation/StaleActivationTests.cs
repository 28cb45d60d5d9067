using Microsoft.Extensions.DependencyInjection;
using Orleans.Embedded.Testing;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Memory;
using OrleansStorage.Grains.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;
using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>Goal: an activation that was superseded without knowing answers nothing from its memory.</summary>
public sealed class StaleActivationTests
{
    private const string Bucket = "bucket";
    private const string Key = "k";

    [Fact]
    public void RefusalOfAWrite_IsNeverFromTheMemoryOfASupersededActivation()
    {
        var scheduler = new SimulationScheduler(1);
        scheduler.Run(() => RunAsync(scheduler));
    }

    private static async Task RunAsync(SimulationScheduler scheduler)
    {
        var time = scheduler.TimeProvider;
        await using var metadata = new MemoryMetadataStore(new MemoryMetadataStoreOptions
        {
            IsExclusive = false,
            TimeProvider = time,
            Random = scheduler.Random,
            CommitDelayMax = TimeSpan.FromMilliseconds(1),
        });
        var id = new Guid(1, 0, 0, new byte[8]);
        await using var device = new MemoryDevice(new DeviceIdentity(id, DeviceTier.Memory, 16 << 20));
        var layout = PoolLayout.Create([new PoolDevice(id, "memory", 16 << 20)], 1, 1);
        var process = await SimulatedProcess.StartAsync(metadata, layout, [device], time);
        await using var cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions
        {
            SiloCount = 1,
            Simulation = scheduler,
            ConfigureSilo = (_, silo) => SimulatedWorld.Configure(silo, process),
        });
        var silo = cluster.Silos[0];
        process.Serve(silo, silo.Services.GetRequiredService<IGrainFactory>(), new GatewayOptions(), time);

        await process.Objects.CreateBucketAsync(Bucket, "me", CancellationToken.None);
        await SimulatedClient.PutAsync(process.Objects, Bucket, Key, 1, default);
        Assert.NotNull(await process.Objects.FindObjectAsync(Bucket, Key, CancellationToken.None));

        // The process stands still, another one takes the partition over and deletes the object.
        process.Store.Close();
        await DeleteAsOtherSiloAsync(metadata, time);
        process.Store.Open();

        await SimulatedClient.PutAsync(process.Objects, Bucket, Key, 2, new WriteCondition(IfNoneMatch: "*"));
        var info = await process.Objects.FindObjectAsync(Bucket, Key, CancellationToken.None);
        Assert.Equal(Content.ETag(2), info!.ETag);
    }

    private static async Task DeleteAsOtherSiloAsync(MemoryMetadataStore metadata, TimeProvider time)
    {
        var incarnation = await SiloRegistration.RegisterAsync(metadata, "other", time, CancellationToken.None);
        await using var owners = new OwnershipManager(metadata, incarnation, new OwnershipOptions(), time);
        await owners.StartAsync(CancellationToken.None);
        var bucket = await metadata.FindAsync(Schema.Buckets, Bucket, CancellationToken.None);
        var partition = ObjectIndexPartition.GrainKey(bucket!.BucketId, ObjectIndexPartition.Of(Key));
        var ownership = await owners.AcquireAsync(ObjectIndexGrain.OwnerName(partition), CancellationToken.None);
        var transaction = new MetadataTransaction()
            .Fence(ownership.Owner, ownership.Epoch)
            .Delete(Schema.Objects, new ObjectKey(bucket.BucketId, System.Text.Encoding.UTF8.GetBytes(Key)));
        await metadata.CommitAsync(transaction, CancellationToken.None);
    }
}
