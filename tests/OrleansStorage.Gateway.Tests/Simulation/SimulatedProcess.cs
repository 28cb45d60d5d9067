using Microsoft.Extensions.Options;
using Orleans.Embedded.Testing;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Devices;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Gateway.Sweeping;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Pools;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>One silo process of a simulation, with all that is not shared between processes.</summary>
internal sealed class SimulatedProcess
{
    private SimulatedProcess(GatedMetadataStore store, uint incarnation, OwnershipManager owners, LocalPool pool)
    {
        Store = store;
        Incarnation = incarnation;
        Owners = owners;
        Pool = pool;
    }

    public GatedMetadataStore Store { get; }

    public uint Incarnation { get; }

    public OwnershipManager Owners { get; }

    public LocalPool Pool { get; }

    public EmbeddedSilo Silo { get; private set; } = null!;

    public GrainObjectStore Objects { get; private set; } = null!;

    public GarbageSweep Garbage { get; private set; } = null!;

    public OrphanSweep Orphans { get; private set; } = null!;

    /// <summary>Clients send it requests.</summary>
    public bool IsServing { get; set; }

    public static async Task<SimulatedProcess> StartAsync(
        IMetadataStore metadata, PoolLayout layout, IEnumerable<IDevice> devices, TimeProvider time)
    {
        var store = new GatedMetadataStore(metadata);
        var incarnation = await SiloRegistration.RegisterAsync(store, "silo", time, CancellationToken.None);
        var owners = new OwnershipManager(store, incarnation, new OwnershipOptions(), time);
        await owners.StartAsync(CancellationToken.None);
        var pool = new LocalPool(layout, devices, new LocalPoolOptions { Writer = incarnation, Time = time });
        return new SimulatedProcess(store, incarnation, owners, pool);
    }

    public void Serve(EmbeddedSilo silo, IGrainFactory grains, GatewayOptions options, TimeProvider time)
    {
        Silo = silo;
        var reads = new OpenReads(time);
        var wrapped = Options.Create(options);
        Objects = new GrainObjectStore(grains, Store, new PoolSet(BucketSettings.DefaultPool, Pool), reads, time, wrapped);
        Garbage = new GarbageSweep(Store, Pool, reads, time, wrapped);
        Orphans = new OrphanSweep(Store, Pool);
        IsServing = true;
    }

    public void Die()
    {
        IsServing = false;
        Store.IsDead = true;
        Store.Open();
    }
}
