using System.Text.RegularExpressions;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Devices;
using OrleansStorage.Grains.Stripes;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;

namespace OrleansStorage.Silo.Storage;

/// <summary>The pools of the cluster: reads them from the metadata store, and makes new ones over its devices.</summary>
public sealed partial class PoolCatalog(IMetadataStore metadata, PoolMembers members, LocalPoolOptions options)
    : IPoolHost, IAsyncDisposable
{
    // Part of a device that new blobs leave free: healing and compaction need room.
    private const double FullReserve = 0.05;
    private const int GroupsMax = 100_000;
    private const int PoolsMax = 10_000;
    private const int DevicesMax = 100_000;

    private readonly SemaphoreSlim _creating = new(1);
    private List<StoredPool> _pools = [];
    private PoolSet? _set;

    /// <summary>Every pool, by name.</summary>
    public IReadOnlyList<StoredPool> Pools => Volatile.Read(ref _pools);

    /// <summary>All of them as one store; after <see cref="OpenAsync"/>.</summary>
    public PoolSet Set => _set ?? throw new InvalidOperationException("The catalog is not open.");

    /// <summary>Reads the pools, and makes the default one where there is none.</summary>
    /// <param name="protection">Of a default pool that has to be made.</param>
    /// <param name="tier">Of a default pool that has to be made.</param>
    /// <exception cref="PoolRuleException">The default pool cannot be made over the devices that are there.</exception>
    public async Task OpenAsync(PoolProtection protection, DeviceTier tier)
    {
        var rows = await metadata.ScanAsync(
            Schema.Pools, new KeyRange<string>("", FromInclusive: true, "\uFFFF"), PoolsMax, CancellationToken.None);
        var devices = await ReadDevicesAsync();
        foreach (var row in rows)
        {
            Open(row, await ReadGroupsAsync(row.Name), devices);
        }

        if (Find(BucketSettings.DefaultPool) is null)
        {
            await CreateAsync(BucketSettings.DefaultPool, protection, tier, FaultDomainLevel.Device);
        }

        var first = Find(BucketSettings.DefaultPool)!;
        _set = new PoolSet(first.Row.Name, first.Blobs);
        foreach (var pool in _pools.Where(pool => pool != first))
        {
            _set.Add(pool.Row.Name, pool.Blobs);
        }
    }

    /// <summary>A pool by its name, or null.</summary>
    public StoredPool? Find(string name) => Pools.FirstOrDefault(pool => pool.Row.Name == name);

    IPoolAccess? IPoolHost.Find(string pool) => Find(pool);

    /// <summary>Makes a pool over the devices of a tier that are online.</summary>
    /// <exception cref="PoolRuleException">The name is taken or no name, or the rule cannot be met.</exception>
    public async Task<StoredPool> CreateAsync(
        string name, PoolProtection protection, DeviceTier tier, FaultDomainLevel level)
    {
        if (!NameRule().IsMatch(name))
        {
            throw new PoolRuleException(
                "InvalidPool", "The name of a pool has 1 to 63 lower-case letters, digits and hyphens, and begins with a letter.");
        }

        await _creating.WaitAsync();
        try
        {
            if (Find(name) is not null)
            {
                throw new PoolRuleException("PoolExists", $"There is a pool '{name}' already.");
            }

            var devices = await ReadDevicesAsync();
            var groups = Layout(Usable(devices, tier), protection, tier, level, await NextGroupAsync());
            var row = new PoolRow(
                name,
                protection.ToString(),
                tier.ToString(),
                options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
                FaultDomains.Format(level));
            await CommitAsync(row, groups);
            var pool = Open(row, groups, devices);
            _set?.Add(name, pool.Blobs);
            return pool;
        }
        finally
        {
            _creating.Release();
        }
    }

    /// <summary>The cluster knows a device no more, of which no pool has anything.</summary>
    /// <returns>Whether it knew it.</returns>
    public async ValueTask<bool> ForgetDeviceAsync(Guid id)
    {
        var key = id.ToString();
        if (await metadata.FindAsync(Schema.Devices, key, CancellationToken.None) is null)
        {
            return false;
        }

        await metadata.CommitAsync(new MetadataTransaction().Delete(Schema.Devices, key), CancellationToken.None);
        return true;
    }

    /// <summary>Has a damaged fragment made anew. Nothing happens before the pools are open.</summary>
    public void Repair(Devices.Fragments.FragmentId fragment) => _set?.Repair(fragment);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in Pools)
        {
            await pool.Blobs.DisposeAsync();
        }

        _creating.Dispose();
    }

    /// <summary>Every device that the cluster knows, by id.</summary>
    public ValueTask<IReadOnlyList<DeviceRow>> ReadDevicesAsync() => metadata.ScanAsync(
        Schema.Devices, new KeyRange<string>("", FromInclusive: true, "\uFFFF"), DevicesMax, CancellationToken.None);

    private static IReadOnlyList<StripeGroup> Layout(
        IReadOnlyList<DeviceRow> devices, PoolProtection protection, DeviceTier tier, FaultDomainLevel level, uint firstGroup)
    {
        var domains = devices.Select(device => FaultDomains.Of(device, level)).Distinct(StringComparer.Ordinal).Count();
        if (domains < protection.Slots)
        {
            throw new PoolRuleException(
                "TooFewFaultDomains",
                $"{protection} with fault domain {FaultDomains.Format(level)} needs {protection.Slots} of them with a device of tier "
                + $"{tier} online; there are {domains}.");
        }

        return PoolLayout.Create(
            [.. devices.Select(d => new PoolDevice(Guid.Parse(d.DeviceId), FaultDomains.Of(d, level), d.CapacityBytes))],
            protection.Slots,
            firstGroup).Groups;
    }

    private List<DeviceRow> Usable(IReadOnlyList<DeviceRow> devices, DeviceTier tier) =>
        [.. devices.Where(row => row.Tier == tier.ToString() && members.TakesWrites(Guid.Parse(row.DeviceId)))];

    private async ValueTask CommitAsync(PoolRow row, IReadOnlyList<StripeGroup> groups)
    {
        var transaction = new MetadataTransaction().RequireNoRow(Schema.Pools, row.Name).Put(Schema.Pools, row);
        foreach (var group in groups)
        {
            transaction.RequireNoRow(Schema.StripeGroups, group.Id).Put(Schema.StripeGroups, ToRow(row.Name, group));
        }

        try
        {
            await metadata.CommitAsync(transaction, CancellationToken.None);
        }
        catch (MetadataConditionException e)
        {
            throw new PoolRuleException("PoolExists", $"Another silo made a pool at the same moment: {e.Message}");
        }
    }

    private async ValueTask<uint> NextGroupAsync()
    {
        var groups = await ScanGroupsAsync();
        return groups.Count == 0 ? 1 : (uint)groups.Max(group => group.GroupId) + 1;
    }

    private ValueTask<IReadOnlyList<StripeGroupRow>> ScanGroupsAsync() => metadata.ScanAsync(
        Schema.StripeGroups, new KeyRange<long>(0, FromInclusive: true, long.MaxValue), GroupsMax, CancellationToken.None);

    private async ValueTask<IReadOnlyList<StripeGroup>> ReadGroupsAsync(string pool)
    {
        var rows = await ScanGroupsAsync();
        return [.. rows.Where(row => row.Pool == pool).Select(ToGroup)];
    }

    private StoredPool Open(PoolRow row, IReadOnlyList<StripeGroup> groups, IReadOnlyList<DeviceRow> devices)
    {
        var promise = PoolProtection.Parse(row.Protection);
        var level = FaultDomains.Parse(row.FaultDomain);

        // Each pool thinks for itself about its devices.
        var own = new PoolMembers();
        var accesses = new List<PoolDeviceAccess>();
        foreach (var device in devices.Where(device => device.Tier == row.Tier))
        {
            var id = Guid.Parse(device.DeviceId);
            var access = members.FindAny(id);
            var state = Enum.Parse<MemberState>(device.State);
            own.Set(id, access, access is null && state != MemberState.Lost ? MemberState.Offline : state);
            accesses.Add(new PoolDeviceAccess(
                new PoolDevice(id, FaultDomains.Of(device, level), device.CapacityBytes), access, state));
        }

        var map = new GroupMap(groups, own, FullReserve);
        var protection = promise.CreateProtection(own, Options());
        var pool = new StoredPool(
            row, promise, map, own, protection, accesses, new LocalPool(map, own, protection, options));
        Volatile.Write(ref _pools, [.. _pools.Append(pool).OrderBy(p => p.Row.Name, StringComparer.Ordinal)]);
        return pool;
    }

    // Devices of this process are read straight into the caller's memory: they hang together or not at all.
    private ProtectionOptions Options() => new() { HedgeDelay = TimeSpan.Zero, Time = options.Time };

    /// <summary>A group as its table has it.</summary>
    public static StripeGroupRow ToRow(string pool, StripeGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return new(group.Id, pool, (long)group.Epoch, string.Join(',', group.Devices), group.TakesWrites);
    }

    private static StripeGroup ToGroup(StripeGroupRow row) =>
        new((uint)row.GroupId, (ulong)row.Epoch, [.. row.Members.Split(',').Select(Guid.Parse)])
        {
            TakesWrites = row.TakesWrites,
        };

    [GeneratedRegex("^[a-z][a-z0-9-]{0,62}$")]
    private static partial Regex NameRule();
}
