
namespace OrleansStorage.Pools;

/// <summary>Which devices make up which stripe groups of a pool. The host stores it.</summary>
/// <param name="Slots">Devices of each group.</param>
/// <param name="Groups">The groups, by id.</param>
public sealed record PoolLayout(int Slots, IReadOnlyList<StripeGroup> Groups)
{
    private const int GroupsPerDevice = 16;

    /// <summary>
    /// Makes many groups over few devices, so that all devices take part when one has to be rebuilt. A device is in groups in
    /// proportion to its capacity, as far as fault domains allow, and meets every other device about equally often. Depends on nothing
    /// but its arguments.
    /// </summary>
    /// <param name="devices">Devices in at least <paramref name="slots"/> fault domains.</param>
    /// <param name="slots">Devices of each group, 1 or more.</param>
    /// <param name="firstGroupId">Id of the first group; the others follow. 1 or more.</param>
    public static PoolLayout Create(IReadOnlyList<PoolDevice> devices, int slots, uint firstGroupId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfZero(firstGroupId);
        var domains = devices.Select(d => d.FaultDomain).Distinct(StringComparer.Ordinal).Count();
        if (domains < slots)
        {
            throw new ArgumentException($"{slots} devices of a group need as many fault domains; there are {domains}.", nameof(devices));
        }

        if (devices.Any(d => d.CapacityBytes <= 0))
        {
            throw new ArgumentException("A device has no capacity.", nameof(devices));
        }

        var draft = new Draft(devices);
        var count = Math.Max(1, devices.Count * GroupsPerDevice / slots);
        var groups = new StripeGroup[count];
        for (var i = 0; i < count; i++)
        {
            groups[i] = new StripeGroup(firstGroupId + (uint)i, 1, draft.Next(slots, i));
        }

        return new PoolLayout(slots, groups);
    }

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
