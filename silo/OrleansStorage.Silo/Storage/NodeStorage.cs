using System.Security.Cryptography;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Log;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Sqlite;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;
using OrleansStorage.Silo.Configuration;

namespace OrleansStorage.Silo.Storage;

/// <summary>What a node keeps: its metadata store, its devices, and the pools over them. Open in this process alone.</summary>
public sealed class NodeStorage : IAsyncDisposable
{
    private const string SiloName = "silo-1";
    private const string Place = $"site-1/rack-1/{SiloName}";

    private readonly List<IDevice> _devices = [];
    private readonly Dictionary<Guid, string> _folders = [];
    private readonly List<string> _warnings = [];

    private NodeStorage(SqliteMetadataStore metadata) => Metadata = metadata;

    /// <summary>Names.</summary>
    public SqliteMetadataStore Metadata { get; }

    /// <summary>Epochs of this process.</summary>
    public OwnershipManager Owners { get; private set; } = null!;

    /// <summary>Incarnation of this process.</summary>
    public uint Incarnation { get; private set; }

    /// <summary>The devices of all pools, and what is thought of each.</summary>
    public PoolMembers Members { get; } = new();

    /// <summary>Bytes.</summary>
    public PoolCatalog Pools { get; private set; } = null!;

    /// <summary>The devices of this node that could be opened.</summary>
    public IReadOnlyList<IDevice> Devices => _devices;

    /// <summary>What the operator should know of the start.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Opens what lies in the data folder, and makes what is missing.</summary>
    /// <exception cref="UsageException">So many devices are missing that nothing of a pool may be readable.</exception>
    /// <exception cref="DeviceException">No device can be opened, or another process has one open.</exception>
    /// <exception cref="MetadataException">The metadata cannot be opened.</exception>
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Owners is not null)
        {
            await Owners.StopAsync(CancellationToken.None);
            await Owners.DisposeAsync();
        }

        if (Pools is not null)
        {
            await Pools.DisposeAsync();
        }

        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        await Metadata.DisposeAsync();
    }

    private async Task OpenAllAsync(SiloArguments arguments, TimeProvider time)
    {
        Incarnation = await SiloRegistration.RegisterAsync(Metadata, SiloName, time, CancellationToken.None);
        Owners = new OwnershipManager(Metadata, Incarnation, new OwnershipOptions(), time);
        await Owners.StartAsync(CancellationToken.None);
        Pools = new PoolCatalog(Metadata, Members, new LocalPoolOptions { Writer = Incarnation, Time = time });
        foreach (var argument in arguments.Devices)
        {
            await TryOpenDeviceAsync(argument, arguments.Devices.Count == 1);
        }

        await RegisterDevicesAsync();
        try
        {
            await Pools.OpenAsync(arguments.Protection ?? PoolProtection.Parse("mirror:1"), arguments.Devices[0].Tier);
        }
        catch (PoolRuleException e)
        {
            throw new UsageException(e.Message);
        }

        CheckPools(arguments);
    }

    /// <summary>A device that cannot be opened is missing; the pools go on with the others.</summary>
    private async Task TryOpenDeviceAsync(DeviceArgument argument, bool isOnlyOne)
    {
        try
        {
            var device = await OpenDeviceAsync(argument);
            _devices.Add(device);
            _folders[device.Identity.Id] = argument.Directory;
            Members.Set(device.Identity.Id, device, MemberState.Online);
        }
        catch (Exception e) when (!isOnlyOne && e is (DeviceException and not DeviceInUseException) or IOException)
        {
            _warnings.Add($"device {argument.Directory} cannot be opened: {e.Message}");
        }
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

    /// <summary>Notes new devices, and takes what was decided about the known ones.</summary>
    private async Task RegisterDevicesAsync()
    {
        var known = (await Pools.ReadDevicesAsync()).ToDictionary(row => Guid.Parse(row.DeviceId));
        var transaction = new MetadataTransaction();
        foreach (var device in _devices)
        {
            var identity = device.Identity;
            if (known.TryGetValue(identity.Id, out var row))
            {
                Members.Set(identity.Id, device, Enum.Parse<MemberState>(row.State));
                continue;
            }

            transaction.Put(
                Schema.Devices,
                new DeviceRow(
                    identity.Id.ToString(), SiloName, _folders[identity.Id], identity.Tier.ToString(), identity.CapacityBytes, Place, nameof(MemberState.Online)));
        }

        foreach (var (id, row) in known.Where(entry => Members.FindAny(entry.Key) is null))
        {
            Members.Set(id, null, row.State == nameof(MemberState.Lost) ? MemberState.Lost : MemberState.Offline);
        }

        if (transaction.Changes.Count > 0)
        {
            await Metadata.CommitAsync(transaction, CancellationToken.None);
        }
    }

    private void CheckPools(SiloArguments arguments)
    {
        if (arguments.Protection is { } asked && Pools.Find("default") is { } made && made.Promise != asked)
        {
            throw new UsageException($"The default pool was made with {made.Promise}; it cannot become {asked}.");
        }

        foreach (var pool in Pools.Pools)
        {
            foreach (var group in pool.Groups.Groups)
            {
                var missing = group.Devices.Where(id => Members.FindAny(id) is null).ToList();
                if (missing.Count > pool.Promise.LossesMax)
                {
                    throw new UsageException(
                        $"Pool '{pool.Row.Name}' ({pool.Promise}) lacks {missing.Count} devices of one stripe group: "
                        + $"{string.Join(", ", missing)}. Name their folders with --device.");
                }
            }
        }
    }

    /// <summary>Has the pool make anew what a scrub found bad, from the others if there are enough.</summary>
    private void Repair(BadRecord bad)
    {
        if (bad.Fragment is { } fragment)
        {
            Pools?.Repair(fragment);
        }
    }
}
