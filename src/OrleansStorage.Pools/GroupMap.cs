using System.Collections.Immutable;

namespace OrleansStorage.Pools;

/// <summary>
/// The stripe groups of a pool as this process knows them. New blobs take the groups in turn: devices are in groups in proportion to
/// their capacity, so they fill alike. For any number of threads.
/// </summary>
public sealed class GroupMap : IGroupPlacement
{
    private readonly PoolMembers _members;
    private ImmutableArray<StripeGroup> _groups;
    private ImmutableDictionary<uint, StripeGroup> _byId;
    private readonly double _reserve;
    private int _turn = -1;

    /// <summary>A map of these groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="members">Their devices.</param>
    /// <param name="reserve">Part of each device that new blobs leave free, so that healing has room; 0 to 1.</param>
    public GroupMap(IEnumerable<StripeGroup> groups, PoolMembers members, double reserve = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(reserve);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(reserve, 1);
        _reserve = reserve;
        _groups = [.. groups];
        _byId = _groups.ToImmutableDictionary(group => group.Id);
        _members = members;
    }

    /// <summary>Every group, in the order of their ids.</summary>
    public IReadOnlyList<StripeGroup> Groups => _groups;

    /// <inheritdoc/>
    public StripeGroup? Find(uint group) => Volatile.Read(ref _byId).GetValueOrDefault(group);

    /// <summary>Takes a group as it is now. One of an epoch that is not greater than the known one changes nothing.</summary>
    /// <returns>Whether it was news.</returns>
    public bool Update(StripeGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        while (true)
        {
            var before = Volatile.Read(ref _byId);
            if (before.TryGetValue(group.Id, out var known) && known.Epoch >= group.Epoch)
            {
                return false;
            }

            var after = before.SetItem(group.Id, group);
            if (Interlocked.CompareExchange(ref _byId, after, before) == before)
            {
                ImmutableInterlocked.InterlockedExchange(ref _groups, [.. after.Values.OrderBy(g => g.Id)]);
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public PlacementResult TryChoose(int payloadBytes, IReadOnlySet<Guid> excluded, out StripeGroup? group)
    {
        var groups = _groups;
        var result = PlacementResult.NoneHealthy;
        var first = (uint)Interlocked.Increment(ref _turn);
        for (var i = 0; i < groups.Length; i++)
        {
            group = groups[(int)((first + (uint)i) % (uint)groups.Length)];
            if (!IsHealthy(group, excluded))
            {
                continue;
            }

            if (HasRoom(group, payloadBytes))
            {
                return PlacementResult.Chosen;
            }

            result = PlacementResult.NoRoom;
        }

        group = null;
        return result;
    }

    private bool IsHealthy(StripeGroup group, IReadOnlySet<Guid> excluded)
    {
        if (!group.TakesWrites)
        {
            return false;
        }

        foreach (var id in group.Devices)
        {
            if (excluded.Contains(id) || !_members.TakesWrites(id))
            {
                return false;
            }
        }

        return true;
    }

    private bool HasRoom(StripeGroup group, int payloadBytes)
    {
        foreach (var id in group.Devices)
        {
            if (_members.Find(id) is not { } device)
            {
                return false;
            }

            var usage = device.Usage;
            if (usage.AvailableBytes - payloadBytes < (long)(usage.CapacityBytes * _reserve))
            {
                return false;
            }
        }

        return true;
    }
}
