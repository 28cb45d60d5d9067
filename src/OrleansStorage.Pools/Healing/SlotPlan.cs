namespace OrleansStorage.Pools.Healing;

/// <summary>A device as the planner sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FaultDomain">What fails together with it.</param>
/// <param name="CapacityBytes">How much it holds, 1 or more.</param>
/// <param name="UsedBytes">How much of that is taken.</param>
/// <param name="State">What is thought of it. Only one that is online is given slots.</param>
public sealed record PlannerDevice(Guid Id, string FaultDomain, long CapacityBytes, long UsedBytes, MemberState State);

/// <summary>A slot goes to another device.</summary>
/// <param name="Group">The group as it is before.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="From">The device that has it.</param>
/// <param name="To">The device that gets it.</param>
public sealed record SlotMove(StripeGroup Group, int Slot, Guid From, Guid To)
{
    /// <summary>The group afterwards: the next epoch, and one slot changed.</summary>
    public StripeGroup Next()
    {
        var devices = Group.Devices.ToArray();
        devices[Slot] = To;
        return Group with { Epoch = Group.Epoch + 1, Devices = devices };
    }
}

/// <summary>Why no device can take a slot.</summary>
public enum UnplacedReason
{
    /// <summary>No other device is online.</summary>
    NoDevice,

    /// <summary>Every device that is online shares a fault domain with another device of the group.</summary>
    NoFaultDomain,

    /// <summary>Devices in other fault domains have no room.</summary>
    NoRoom,
}

/// <summary>A slot that has to go to another device, and cannot.</summary>
/// <param name="Group">Id of its group.</param>
/// <param name="Slot">The slot.</param>
/// <param name="From">The device that has it.</param>
/// <param name="Reason">Why.</param>
public sealed record UnplacedSlot(uint Group, int Slot, Guid From, UnplacedReason Reason);

/// <summary>Which slots go where.</summary>
/// <param name="Moves">In this order: a later one of a group begins where the one before ended.</param>
/// <param name="Unplaced">The others.</param>
public sealed record SlotPlan(IReadOnlyList<SlotMove> Moves, IReadOnlyList<UnplacedSlot> Unplaced);
