using OrleansStorage.Devices;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;
using OrleansStorage.Silo.Configuration;

namespace OrleansStorage.Silo.Storage;

/// <summary>The pool of a node as the metadata store has it.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Layout">Its stripe groups.</param>
public sealed record StoredPool(PoolRow Pool, PoolLayout Layout)
{
    private const string DefaultName = "default";
    private const string MirrorPrefix = "mirror:";
    private const int GroupsMax = 100_000;

    /// <summary>Reads the pool, or makes it over the given devices.</summary>
    /// <exception cref="UsageException">The devices or the protection are not those of the pool.</exception>
    public static async Task<StoredPool> OpenAsync(
        IMetadataStore metadata,
        SiloArguments arguments,
        IReadOnlyList<IDevice> devices,
        string siloName,
        TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var row = await metadata.FindAsync(Schema.Pools, DefaultName, CancellationToken.None);
        return row is null
            ? await CreateAsync(metadata, arguments, devices, siloName, time)
            : await ReadAsync(metadata, row, arguments, devices);
    }

    private static async Task<StoredPool> CreateAsync(
        IMetadataStore metadata,
        SiloArguments arguments,
        IReadOnlyList<IDevice> devices,
        string siloName,
        TimeProvider time)
    {
        var mirrors = arguments.MirrorCount ?? 1;
        // On one node a device is its own fault domain.
        var layout = PoolLayout.Create(
            [.. devices.Select(d => new PoolDevice(d.Identity.Id, $"{siloName}/{d.Identity.Id}", d.Identity.CapacityBytes))],
            mirrors,
            firstGroupId: 1);
        var pool = new PoolRow(
            DefaultName,
            $"{MirrorPrefix}{mirrors}",
            devices[0].Identity.Tier.ToString(),
            time.GetUtcNow().ToUnixTimeMilliseconds());
        var transaction = new MetadataTransaction().RequireNoRow(Schema.Pools, DefaultName).Put(Schema.Pools, pool);
        foreach (var group in layout.Groups)
        {
            transaction.Put(
                Schema.StripeGroups,
                new StripeGroupRow(group.Id, DefaultName, (long)group.Epoch, string.Join(',', group.Devices)));
        }

        for (var i = 0; i < devices.Count; i++)
        {
            var identity = devices[i].Identity;
            transaction.Put(
                Schema.Devices,
                new DeviceRow(
                    identity.Id.ToString(),
                    siloName,
                    arguments.Devices[i].Directory,
                    identity.Tier.ToString(),
                    identity.CapacityBytes,
                    $"{siloName}/{identity.Id}"));
        }

        await metadata.CommitAsync(transaction, CancellationToken.None);
        return new StoredPool(pool, layout);
    }

    private static async Task<StoredPool> ReadAsync(
        IMetadataStore metadata, PoolRow pool, SiloArguments arguments, IReadOnlyList<IDevice> devices)
    {
        var mirrors = int.Parse(pool.Protection.AsSpan(MirrorPrefix.Length), provider: null);
        if (arguments.MirrorCount is { } asked && asked != mirrors)
        {
            throw new UsageException($"The pool was made with {pool.Protection}; it cannot become {MirrorPrefix}{asked}.");
        }

        var rows = await metadata.ScanAsync(
            Schema.StripeGroups,
            new KeyRange<long>(0, FromInclusive: true, long.MaxValue),
            GroupsMax,
            CancellationToken.None);
        var groups = rows.Where(row => row.Pool == pool.Name)
            .Select(row => new StripeGroup(
                (uint)row.GroupId, (ulong)row.Epoch, [.. row.Members.Split(',').Select(Guid.Parse)]))
            .ToList();
        CheckDevices([.. groups.SelectMany(group => group.Devices)], devices);
        return new StoredPool(pool, new PoolLayout(mirrors, groups));
    }

    private static void CheckDevices(HashSet<Guid> expected, IReadOnlyList<IDevice> devices)
    {
        var given = devices.Select(device => device.Identity.Id).ToHashSet();
        foreach (var id in expected.Except(given))
        {
            throw new UsageException($"Device {id} belongs to the pool and was not named with --device.");
        }

        foreach (var id in given.Except(expected))
        {
            throw new UsageException($"Device {id} does not belong to the pool; this version cannot add devices to a pool.");
        }
    }
}
