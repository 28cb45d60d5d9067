using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Memory;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Grains.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Pools;
using OrleansStorage.S3.Contract;
using OrleansStorage.S3.Store;
using OrleansStorage.Testing;
using Xunit;

namespace OrleansStorage.Gateway.Tests;

/// <summary>The store of the cluster does what every object store does.</summary>
public sealed class GrainObjectStoreContractTests(GrainObjectStoreFixture fixture)
    : ObjectStoreContract, IClassFixture<GrainObjectStoreFixture>
{
    protected override ValueTask<IObjectStore> OpenStoreAsync() => new(fixture.Store);
}

/// <summary>A store over two silos, whose front end is on the first of them.</summary>
public sealed class GrainObjectStoreFixture : IAsyncLifetime
{
    private readonly MemoryMetadataStore _metadata = NewMetadata();
    private readonly List<OwnershipManager> _owners = [];
    private ICluster _cluster = null!;
    private LocalPool _pool = null!;

    public IObjectStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            var incarnation = await SiloRegistration.RegisterAsync(
                _metadata, $"silo-{i}", TimeProvider.System, CancellationToken.None);
            var owners = new OwnershipManager(_metadata, incarnation, new OwnershipOptions(), TimeProvider.System);
            await owners.StartAsync(CancellationToken.None);
            _owners.Add(owners);
        }

        _pool = NewPool();
        _cluster = await TestClusterFactory.CreateAsync(new ClusterSettings { Silos = 2, Configure = Configure });
        Store = new GrainObjectStore(
            _cluster.Silos[0].Services.GetRequiredService<IGrainFactory>(),
            _metadata,
            new PoolSet(BucketSettings.DefaultPool, _pool),
            new OpenReads(TimeProvider.System),
            TimeProvider.System,
            Options.Create(new GatewayOptions { BlobSizeBytes = 256 << 10, BodyBytesMax = 4 << 20 }));
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        foreach (var owners in _owners)
        {
            await owners.DisposeAsync();
        }

        await _pool.DisposeAsync();
        await _metadata.DisposeAsync();
    }

    private static MemoryMetadataStore NewMetadata() => new(new MemoryMetadataStoreOptions { IsExclusive = false });

    private static LocalPool NewPool()
    {
        var identity = new DeviceIdentity(new Guid(1, 0, 0, new byte[8]), DeviceTier.Memory, 1L << 30);
        var layout = PoolLayout.Create([new PoolDevice(identity.Id, "a", identity.CapacityBytes)], slots: 1, firstGroupId: 1);
        return new LocalPool(layout, [new MemoryDevice(identity)], new LocalPoolOptions { Writer = 1 });
    }

    private void Configure(int ordinal, ISiloBuilder silo)
    {
        silo.Services.AddSingleton<IMetadataStore>(_metadata);
        silo.Services.AddSingleton(_owners[ordinal]);
        silo.Services.AddSingleton(new IdentifierSource((uint)ordinal + 1));
        silo.Services.AddSingleton(TimeProvider.System);
    }
}
