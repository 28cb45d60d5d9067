using OrleansStorage.Devices;
using System.Text.Json;

namespace OrleansStorage.Pools;

/// <summary>Which devices make up which stripe groups of a pool. The host stores it.</summary>
/// <param name="MirrorCount">How many devices of a group have each blob.</param>
/// <param name="Groups">The groups, by id.</param>
public sealed record PoolLayout(int MirrorCount, IReadOnlyList<StripeGroup> Groups)
{
    private const int Version = 1;
    private const int LowestReader = 1;
    private const int GroupsPerDevice = 16;

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>
    /// Makes many groups over few devices, so that all devices take part when one has to be rebuilt. A device is in groups in
    /// proportion to its capacity, as far as fault domains allow, and meets every other device about equally often. Depends on nothing
    /// but its arguments.
    /// </summary>
    /// <param name="devices">Devices in at least <paramref name="mirrorCount"/> fault domains.</param>
    /// <param name="mirrorCount">How many devices have each blob, 1 or more.</param>
    /// <param name="firstGroupId">Id of the first group; the others follow. 1 or more.</param>
    public static PoolLayout Create(IReadOnlyList<PoolDevice> devices, int mirrorCount, uint firstGroupId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mirrorCount, 1);
        ArgumentOutOfRangeException.ThrowIfZero(firstGroupId);
        var domains = devices.Select(d => d.FaultDomain).Distinct(StringComparer.Ordinal).Count();
        if (domains < mirrorCount)
        {
            throw new ArgumentException($"{mirrorCount} copies need as many fault domains; there are {domains}.", nameof(devices));
        }

        if (devices.Any(d => d.CapacityBytes <= 0))
        {
            throw new ArgumentException("A device has no capacity.", nameof(devices));
        }

        var draft = new Draft(devices);
        var count = Math.Max(1, devices.Count * GroupsPerDevice / mirrorCount);
        var groups = new StripeGroup[count];
        for (var i = 0; i < count; i++)
        {
            groups[i] = new StripeGroup(firstGroupId + (uint)i, 1, draft.Next(mirrorCount, i));
        }

        return new PoolLayout(mirrorCount, groups);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="DeviceFormatException">It is not a layout, or one that this version may not read.</exception>
    public static PoolLayout FromJson(string json)
    {
        Stored? stored;
        try
        {
            stored = JsonSerializer.Deserialize<Stored>(json, s_json);
        }
        catch (JsonException e)
        {
            throw new DeviceFormatException("The layout of the pool is not one.", e);
        }

        if (stored is null || stored.LowestReader is < 1 or > Version || stored.MirrorCount < 1 || stored.Groups is null)
        {
            throw new DeviceFormatException($"The layout of the pool needs a reader of version {stored?.LowestReader}.");
        }

        return new PoolLayout(stored.MirrorCount, stored.Groups);
    }

    /// <summary>This layout as text, with its version and the lowest version that may read it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Stored(Version, LowestReader, MirrorCount, Groups), s_json);

    private sealed record Stored(int Version, int LowestReader, int MirrorCount, IReadOnlyList<StripeGroup> Groups);

    /// <summary>How often each device was taken, alone and together with each other one.</summary>
    private sealed class Draft(IReadOnlyList<PoolDevice> devices)
    {
        private readonly int[] _taken = new int[devices.Count];
        private readonly int[,] _together = new int[devices.Count, devices.Count];

        public Guid[] Next(int slots, int rotation)
        {
            var chosen = new List<int>(slots);
            while (chosen.Count < slots)
            {
                chosen.Add(Choose(chosen, rotation));
            }

            foreach (var device in chosen)
            {
                _taken[device]++;
                foreach (var other in chosen)
                {
                    _together[device, other]++;
                }
            }

            return [.. chosen.Select(device => devices[device].Id)];
        }

        /// <summary>The device that has least of its share, then the one that met the chosen ones least often, in turn.</summary>
        private int Choose(List<int> chosen, int rotation)
        {
            return Enumerable.Range(0, devices.Count)
                .Where(d => chosen.TrueForAll(c => devices[c].FaultDomain != devices[d].FaultDomain))
                .OrderBy(d => (_taken[d] + 1.0) / devices[d].CapacityBytes)
                .ThenBy(d => chosen.Sum(c => _together[c, d]))
                .ThenBy(d => (d + devices.Count - (rotation % devices.Count)) % devices.Count)
                .First();
        }
    }
}
