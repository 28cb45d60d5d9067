using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo.Admin;

/// <summary>Pools and devices as the admin API shows them.</summary>
public sealed class PoolReport(NodeStorage storage)
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
        return [.. rows.Select(row => Describe(Guid.Parse(row.DeviceId), row))];
    }

    private async Task<object> DescribeAsync(
        StoredPool pool, Dictionary<Guid, DeviceRow> rows, CancellationToken cancellationToken)
    {
        var (blobs, bytes) = await CountBlobsAsync(pool, cancellationToken);
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
            redundancyLeft = RedundancyLeft(pool),
            blobsInFlight = status.InFlight,
            repairsWaiting = status.RepairsWaiting,
            devices = devices.Select(id => Describe(id, rows.GetValueOrDefault(id))).ToArray(),
        };
    }

    /// <summary>How many more devices the worst group may lose without loss of data.</summary>
    private int RedundancyLeft(StoredPool pool) => pool.Groups.Groups.Min(
        group => pool.Protection.LossesMax - group.Devices.Count(id => storage.Members.Find(id)?.State != DeviceState.Healthy));

    private object Describe(Guid id, DeviceRow? row)
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
            state = health?.State == DeviceState.Failed ? nameof(DeviceState.Failed) : storage.Members.StateOf(id).ToString(),
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
