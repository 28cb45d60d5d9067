using System.Security.Cryptography;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Log;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Sqlite;
using OrleansStorage.Pools;
using OrleansStorage.Silo.Configuration;

namespace OrleansStorage.Silo.Storage;

/// <summary>What a node keeps: its metadata store, its devices, and the pool over them. Open in this process alone.</summary>
public sealed class NodeStorage : IAsyncDisposable
{
    private const string SiloName = "silo-1";
    private const int BlobsPerPage = 10_000;

    private readonly List<IDevice> _devices = [];

    private NodeStorage(SqliteMetadataStore metadata) => Metadata = metadata;

    /// <summary>Names.</summary>
    public SqliteMetadataStore Metadata { get; }

    /// <summary>Epochs of this process.</summary>
    public OwnershipManager Owners { get; private set; } = null!;

    /// <summary>Incarnation of this process.</summary>
    public uint Incarnation { get; private set; }

    /// <summary>Bytes.</summary>
    public LocalPool Pool { get; private set; } = null!;

    /// <summary>The pool as it is stored.</summary>
    public StoredPool Layout { get; private set; } = null!;

    /// <summary>The devices of the pool.</summary>
    public IReadOnlyList<IDevice> Devices => _devices;

    /// <summary>Opens what lies in the data folder, and makes what is missing.</summary>
    /// <exception cref="UsageException">The devices are not those of the pool.</exception>
    /// <exception cref="DeviceException">A device cannot be opened, or another process has it open.</exception>
    /// <exception cref="OrleansStorage.Metadata.MetadataException">The metadata cannot be opened.</exception>
    public static async Task<NodeStorage> OpenAsync(SiloArguments arguments, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var folder = Directory.CreateDirectory(Path.Combine(arguments.DataDirectory, "metadata"));
        var storage = new NodeStorage(SqliteMetadataStore.Open(Path.Combine(folder.FullName, "metadata.db")));
        try
        {
            await storage.OpenAllAsync(arguments, time);
            return storage;
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>The pools as the admin API shows them.</summary>
    public async Task<object> DescribePoolsAsync(CancellationToken cancellationToken)
    {
        var (blobs, bytes) = await CountBlobsAsync(cancellationToken);
        var status = Pool.Status;
        return new[]
        {
            new
            {
                name = Layout.Pool.Name,
                protection = Layout.Pool.Protection,
                tier = Layout.Pool.Tier,
                blobs,
                liveBytes = bytes,
                usedBytes = _devices.Sum(device => device.Usage.UsedBytes),
                capacityBytes = _devices.Sum(device => device.Usage.CapacityBytes),
                groups = status.Groups,
                healthyGroups = status.HealthyGroups,
                blobsInFlight = status.InFlight,
                repairsWaiting = status.RepairsWaiting,
                devices = _devices.Select(Describe).ToArray(),
            },
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Owners is not null)
        {
            await Owners.StopAsync(CancellationToken.None);
            await Owners.DisposeAsync();
        }

        if (Pool is not null)
        {
            await Pool.DisposeAsync();
        }

        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        await Metadata.DisposeAsync();
    }

    private static object Describe(IDevice device)
    {
        var usage = device.Usage;
        var health = device.Health;
        return new
        {
            id = device.Identity.Id,
            tier = device.Identity.Tier.ToString(),
            state = health.State.ToString(),
            failure = health.Failure,
            fragments = usage.Fragments,
            liveBytes = usage.LiveBytes,
            usedBytes = usage.UsedBytes,
            capacityBytes = usage.CapacityBytes,
            lostRegions = health.LostRegions,
            corruptReads = health.CorruptReads,
        };
    }

    private async Task OpenAllAsync(SiloArguments arguments, TimeProvider time)
    {
        Incarnation = await SiloRegistration.RegisterAsync(Metadata, SiloName, time, CancellationToken.None);
        Owners = new OwnershipManager(Metadata, Incarnation, new OwnershipOptions(), time);
        await Owners.StartAsync(CancellationToken.None);
        foreach (var argument in arguments.Devices)
        {
            _devices.Add(await OpenDeviceAsync(argument));
        }

        Layout = await StoredPool.OpenAsync(Metadata, arguments, _devices, SiloName, time);
        Pool = new LocalPool(Layout.Layout, _devices, new LocalPoolOptions { Writer = Incarnation, Time = time });
    }

    private async Task<IDevice> OpenDeviceAsync(DeviceArgument argument)
    {
        var layer = new DirectoryFileLayer(argument.Directory);
        var options = new LogDeviceOptions { OnBadRecord = Repair };
        if (!await LogDevice.IsFormattedAsync(layer))
        {
            var id = new Guid(RandomNumberGenerator.GetBytes(16));
            var capacity = new DriveInfo(argument.Directory).AvailableFreeSpace;
            await LogDevice.FormatAsync(layer, new DeviceIdentity(id, argument.Tier, capacity), options);
        }

        return await LogDevice.OpenAsync(layer, options);
    }

    /// <summary>Has the pool make anew what a scrub found bad, from another replica if there is one.</summary>
    private void Repair(BadRecord bad)
    {
        if (bad.Fragment is { } fragment)
        {
            Pool?.Repair(fragment);
        }
    }

    private async Task<(long Blobs, long Bytes)> CountBlobsAsync(CancellationToken cancellationToken)
    {
        long blobs = 0;
        long bytes = 0;
        var after = default(BlobId);
        while (true)
        {
            var page = await Pool.ListAsync(after, BlobsPerPage, cancellationToken);
            if (page.Count == 0)
            {
                return (blobs, bytes);
            }

            blobs += page.Count;
            bytes += page.Sum(blob => (long)blob.SizeBytes);
            after = page[^1].Id;
        }
    }
}
