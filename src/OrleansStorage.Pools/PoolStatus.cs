namespace OrleansStorage.Pools;

/// <summary>What an operator reads about a pool.</summary>
/// <param name="Groups">Number of stripe groups.</param>
/// <param name="HealthyGroups">Those all of whose devices are healthy.</param>
/// <param name="InFlight">Blobs in flight.</param>
/// <param name="Rewrites">Blobs written again to another group because a device failed meanwhile.</param>
/// <param name="Repaired">Fragments made anew because they were damaged or missing.</param>
/// <param name="RepairsFailed">Fragments that could not be made anew.</param>
/// <param name="RepairsDropped">Repairs that did not fit into the queue.</param>
/// <param name="RepairsWaiting">Repairs in the queue.</param>
public sealed record PoolStatus(
    int Groups,
    int HealthyGroups,
    int InFlight,
    long Rewrites,
    long Repaired,
    long RepairsFailed,
    long RepairsDropped,
    int RepairsWaiting);
