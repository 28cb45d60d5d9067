namespace OrleansStorage.Pools;

/// <summary>A device as a layout sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FaultDomain">What fails together with it: no two devices of a group share it.</param>
/// <param name="CapacityBytes">How much it holds: its share of the groups follows from that.</param>
public sealed record PoolDevice(Guid Id, string FaultDomain, long CapacityBytes);
