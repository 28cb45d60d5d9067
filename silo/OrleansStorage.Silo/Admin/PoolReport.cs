using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo.Admin;

/// <summary>Pools and devices as the admin API shows them.</summary>
public sealed class PoolReport(NodeStorage storage, PoolKeeper keeper)
{
    private const int BlobsPerPage = 10_000;

    /// <summary>Every pool.</summary>
    public async Task<IReadOnlyList<object>> PoolsAsync(CancellationToken cancellationToken)
    {
        var rows = (await storage.Pools.ReadDevicesAsync()).ToDictionary(row => Guid.Parse(row.DeviceId));
        var answer = new List<object>();
        foreach (var pool in storage.Pools.Pools)
        {
            answer.Add(await DescribeAsync(pool, rows, cancellationToken));
        }

        return answer;
    }

    /// <summary>Every device.</summary>
    public async Task<IReadOnlyList<object>> DevicesAsync()
    {
        var rows = await storage.Pools.ReadDevicesAsync();
        return [.. rows.Select(row => Describe(Guid.Parse(row.DeviceId), row, StateOf(Guid.Parse(row.DeviceId))))];
    }

    private async Task<object> DescribeAsync(
        StoredPool pool, Dictionary<Guid, DeviceRow> rows, CancellationToken cancellationToken)
    {
        var (blobs, bytes) = await CountBlobsAsync(pool, cancellationToken);
        var health = await keeper.HealthAsync(pool.Row.Name, cancellationToken);
        var status = pool.Blobs.Status;
        var devices = pool.Groups.Groups.SelectMany(group => group.Devices).Distinct().ToList();
        var usage = devices.Select(storage.Members.FindAny).OfType<IDevice>().Select(device => device.Usage).ToList();
        return new
        {
            name = pool.Row.Name,
            protection = pool.Row.Protection,
            tier = pool.Row.Tier,
            faultDomain = pool.Row.FaultDomain,
            blobs,
            liveBytes = bytes,
            usedBytes = usage.Sum(u => u.UsedBytes),
            capacityBytes = usage.Sum(u => u.CapacityBytes),
            groups = status.Groups,
            healthyGroups = status.HealthyGroups,
            redundancyLeft = health.RedundancyLeft,
            blobsDegraded = health.BlobsDegraded,
            bytesDegraded = health.BytesDegraded,
            blobsUnrepairable = health.BlobsUnrepairable,
            unrepairable = health.Unrepairable,
            groupsToLookAt = health.GroupsToLookAt,
            rebuildBytesPerSecond = health.RebuildBytesPerSecond,
            bytesRebuilt = health.BytesRebuilt,
            fullProtectionInSeconds = health.FullProtectionInSeconds,
            unplaced = health.Unplaced,
            blobsInFlight = status.InFlight,
            repairsWaiting = status.RepairsWaiting,
            devices = devices.Select(id => Describe(id, rows.GetValueOrDefault(id), pool.Members.StateOf(id))).ToArray(),
        };
    }

    /// <summary>What the pools think of a device: they see the same, at about the same time.</summary>
    private MemberState StateOf(Guid id) => storage.Pools.Pools
        .Where(pool => pool.Members.Ids.Contains(id))
        .Select(pool => pool.Members.StateOf(id))
        .FirstOrDefault(storage.Members.StateOf(id));

    private object Describe(Guid id, DeviceRow? row, MemberState state)
    {
        var device = storage.Members.FindAny(id);
        var usage = device?.Usage;
        var health = device?.Health;
        return new
        {
            id,
            silo = row?.Silo,
            path = row?.Path,
            tier = row?.Tier,
            state = health?.State == DeviceState.Failed ? nameof(DeviceState.Failed) : state.ToString(),
            failure = health?.Failure,
            fragments = usage?.Fragments,
            liveBytes = usage?.LiveBytes,
            usedBytes = usage?.UsedBytes,
            capacityBytes = usage?.CapacityBytes ?? row?.CapacityBytes,
            lostRegions = health?.LostRegions,
            corruptReads = health?.CorruptReads,
        };
    }

    private static async Task<(long Blobs, long Bytes)> CountBlobsAsync(StoredPool pool, CancellationToken cancellationToken)
    {
        long blobs = 0;
        long bytes = 0;
        var after = default(BlobId);
        while (true)
        {
            var page = await pool.Blobs.ListAsync(after, BlobsPerPage, cancellationToken);
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
