namespace OrleansStorage.Pools.Healing;

/// <summary>Chooses devices for the slots of stripe groups. Depends on nothing but what it is given.</summary>
/// <remarks>
/// Devices get slots in proportion to their capacity, so that they fill alike; among equals the one that meets the others of the group
/// least often, so that many devices take part in a rebuild. A device is never planned to be fuller than the reserve allows.
/// </remarks>
public sealed class SlotPlanner
{
    private readonly SortedDictionary<Guid, Node> _nodes = [];
    private readonly SortedDictionary<uint, StripeGroup> _groups = [];
    private readonly Dictionary<(Guid A, Guid B), int> _met = [];
    private readonly Func<uint, long> _slotBytes;
    private readonly double _reserve;

    /// <summary>Plans from what is now.</summary>
    /// <param name="devices">The devices of the pool.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="slotBytes">About how many bytes a slot of a group holds.</param>
    /// <param name="reserve">Part of each device that is kept free, 0 to 1.</param>
    public SlotPlanner(
        IEnumerable<PlannerDevice> devices, IEnumerable<StripeGroup> groups, Func<uint, long> slotBytes, double reserve)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNegative(reserve);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(reserve, 1);
        _slotBytes = slotBytes;
        _reserve = reserve;
        foreach (var device in devices)
        {
            _nodes[device.Id] = new Node(device);
        }

        foreach (var group in groups)
        {
            _groups[group.Id] = group;
            foreach (var device in group.Devices)
            {
                Take(group, device, 1);
            }
        }
    }

    /// <summary>Gives the slots away whose device is of a state.</summary>
    /// <param name="state">Such as <see cref="MemberState.Lost"/>.</param>
    public SlotPlan Replace(MemberState state) => Replace((_, _, device) => StateOf(device) == state);

    /// <summary>Gives away the slots that are named.</summary>
    /// <param name="isWanted">Says whether a slot of a group, which a device has, is to go elsewhere.</param>
    public SlotPlan Replace(Func<uint, int, Guid, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        var moves = new List<SlotMove>();
        var open = (from id in _groups.Keys.ToList()
                    from slot in Enumerable.Range(0, _groups[id].Devices.Count)
                    where isWanted(id, slot, _groups[id].Devices[slot])
                    select (Id: id, Slot: slot)).ToList();
        int before;
        do
        {
            // A slot that was placed may have left the domain that another one needs.
            before = open.Count;
            open.RemoveAll(slot => TryPlace(slot.Id, slot.Slot, moves));
        }
        while (open.Count < before && open.Count > 0);

        return new SlotPlan(moves, [.. open.Select(Unplaced)]);
    }

    /// <summary>Moves slots to devices that have less than their share, from those that have more.</summary>
    /// <param name="movesMax">Most moves, 1 or more.</param>
    /// <returns>The moves; none when the shares are as even as fault domains allow.</returns>
    public IReadOnlyList<SlotMove> Rebalance(int movesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(movesMax, 1);
        var moves = new List<SlotMove>();
        while (moves.Count < movesMax && FindBalancing() is { } move)
        {
            Apply(move, moves);
        }

        return moves;
    }

    private MemberState StateOf(Guid device) =>
        _nodes.TryGetValue(device, out var node) ? node.Device.State : MemberState.Lost;

    private bool TryPlace(uint id, int slot, List<SlotMove> moves)
    {
        var group = _groups[id];
        var best = _nodes.Values
            .Where(node => IsApart(group, slot, node) && HasRoom(node, id))
            .OrderBy(node => node.LoadWith(1))
            .ThenBy(node => Met(group, slot, node.Device.Id))
            .ThenBy(node => node.FullnessWith(0))
            .FirstOrDefault();
        if (best is null)
        {
            return false;
        }

        Apply(new SlotMove(group, slot, group.Devices[slot], best.Device.Id), moves);
        return true;
    }

    private UnplacedSlot Unplaced((uint Id, int Slot) slot)
    {
        var group = _groups[slot.Id];
        var others = _nodes.Values.Where(node => node.IsOnline && !group.Devices.Contains(node.Device.Id)).ToList();
        var reason = others.Count == 0 ? UnplacedReason.NoDevice
            : others.Exists(node => IsApart(group, slot.Slot, node)) ? UnplacedReason.NoRoom
            : UnplacedReason.NoFaultDomain;
        return new UnplacedSlot(slot.Id, slot.Slot, group.Devices[slot.Slot], reason);
    }

    /// <summary>The move that evens most: from the fullest share to the emptiest that can take it.</summary>
    private SlotMove? FindBalancing()
    {
        var online = _nodes.Values.Where(node => node.IsOnline).ToList();
        foreach (var target in online.OrderBy(node => node.LoadWith(1)))
        {
            foreach (var donor in online.OrderByDescending(node => node.LoadWith(-1)))
            {
                if (donor.LoadWith(-1) < target.LoadWith(1) || donor == target)
                {
                    break;
                }

                if (FindSlot(donor.Device.Id, target) is { } move)
                {
                    return move;
                }
            }
        }

        return null;
    }

    private SlotMove? FindSlot(Guid donor, Node target)
    {
        return (from @group in _groups.Values
                let slot = IndexOf(@group, donor)
                where slot >= 0 && IsApart(@group, slot, target) && HasRoom(target, @group.Id)
                orderby Met(@group, slot, target.Device.Id), _slotBytes(@group.Id), @group.Id
                select new SlotMove(@group, slot, donor, target.Device.Id)).FirstOrDefault();
    }

    private static int IndexOf(StripeGroup group, Guid device)
    {
        for (var slot = 0; slot < group.Devices.Count; slot++)
        {
            if (group.Devices[slot] == device)
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>Whether a device may stand in a slot beside the others of the group.</summary>
    private bool IsApart(StripeGroup group, int slot, Node node)
    {
        if (!node.IsOnline)
        {
            return false;
        }

        for (var other = 0; other < group.Devices.Count; other++)
        {
            var device = group.Devices[other];
            if (device == node.Device.Id
                || (other != slot
                    && _nodes.TryGetValue(device, out var known)
                    && string.Equals(known.Device.FaultDomain, node.Device.FaultDomain, StringComparison.Ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    private bool HasRoom(Node node, uint group) => node.FullnessWith(_slotBytes(group)) <= 1 - _reserve;

    private int Met(StripeGroup group, int slot, Guid device)
    {
        var sum = 0;
        for (var other = 0; other < group.Devices.Count; other++)
        {
            sum += other == slot ? 0 : _met.GetValueOrDefault((group.Devices[other], device));
        }

        return sum;
    }

    private void Apply(SlotMove move, List<SlotMove> moves)
    {
        var next = move.Next();
        Take(move.Group, move.From, -1);
        Take(next, move.To, 1);
        if (_nodes.TryGetValue(move.To, out var to))
        {
            to.Coming += _slotBytes(next.Id);
        }

        _groups[next.Id] = next;
        moves.Add(move);
    }

    /// <summary>Counts a device in or out of a group.</summary>
    private void Take(StripeGroup group, Guid device, int count)
    {
        if (_nodes.TryGetValue(device, out var node))
        {
            node.Slots += count;
        }

        foreach (var other in group.Devices)
        {
            if (other != device)
            {
                _met[(other, device)] = _met.GetValueOrDefault((other, device)) + count;
            }
        }
    }

    private sealed class Node(PlannerDevice device)
    {
        public PlannerDevice Device { get; } = device;

        public int Slots { get; set; }

        public long Coming { get; set; }

        public bool IsOnline => Device.State == MemberState.Online;

        /// <summary>Slots per byte of capacity.</summary>
        public double LoadWith(int slots) => (Slots + slots) / (double)Device.CapacityBytes;

        public double FullnessWith(long bytes) => (Device.UsedBytes + Coming + bytes) / (double)Device.CapacityBytes;
    }
}
