using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools.Healing;

/// <summary>A device of a pool, for an operator.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FaultDomain">What fails together with it.</param>
/// <param name="State">What is thought of it.</param>
/// <param name="Reason">Why; null when that never changed.</param>
/// <param name="CapacityBytes">How much it holds.</param>
/// <param name="AvailableBytes">How much fits; null when it cannot be asked.</param>
/// <param name="Slots">Slots of groups that it has.</param>
/// <param name="GroupsToTidy">Groups that are not its own and of which it may still have fragments.</param>
public sealed record DeviceHealStatus(
    Guid Id,
    string FaultDomain,
    MemberState State,
    MemberReason? Reason,
    long CapacityBytes,
    long? AvailableBytes,
    int Slots,
    int GroupsToTidy);

/// <summary>How protected a pool is, for an operator. As of the last pass over each group.</summary>
/// <param name="RedundancyLeft">
/// Most devices that may be lost in addition without losing any blob; negative when there are blobs that cannot be read.
/// </param>
/// <param name="BlobsDegraded">Blobs without all their fragments.</param>
/// <param name="BytesDegraded">Bytes of the fragments that they lack.</param>
/// <param name="BlobsWaiting">Of these, those that wait for a device to come back or for a slot to be given away.</param>
/// <param name="BlobsUnrepairable">Blobs of which too few fragments are left; see <see cref="GroupPass"/>.</param>
/// <param name="Unrepairable">The first of them.</param>
/// <param name="GroupsDegraded">Groups with such blobs, or with a device that does not answer.</param>
/// <param name="GroupsToLookAt">Groups that wait for a pass.</param>
/// <param name="Moves">Slots that are being moved.</param>
/// <param name="BytesRebuilt">Bytes of fragments made anew or copied so far.</param>
/// <param name="FragmentsRebuilt">These fragments.</param>
/// <param name="FragmentsDropped">Fragments dropped from devices whose own they were not any more.</param>
/// <param name="BytesPerSecond">Bytes made anew per second, lately.</param>
/// <param name="FullProtectionIn">Time until nothing that can be rebuilt is degraded, at this rate; null when nothing is being rebuilt.</param>
/// <param name="Unplaced">Slots that have to go to another device, and cannot.</param>
/// <param name="Devices">The devices.</param>
public sealed record PoolHealStatus(
    int RedundancyLeft,
    long BlobsDegraded,
    long BytesDegraded,
    long BlobsWaiting,
    long BlobsUnrepairable,
    IReadOnlyList<BlobId> Unrepairable,
    int GroupsDegraded,
    int GroupsToLookAt,
    int Moves,
    long BytesRebuilt,
    long FragmentsRebuilt,
    long FragmentsDropped,
    long BytesPerSecond,
    TimeSpan? FullProtectionIn,
    IReadOnlyList<UnplacedSlot> Unplaced,
    IReadOnlyList<DeviceHealStatus> Devices);

/// <summary>What came of a round of healing.</summary>
/// <param name="IsSettled">Nothing is left that could be done without something happening.</param>
/// <param name="NextIn">When the next round is due at the latest; an event, such as a transition, may bring something to do before.</param>
/// <param name="Left">Devices that are empty now, and were to leave: they are watched no more.</param>
public sealed record HealRound(bool IsSettled, TimeSpan NextIn, IReadOnlyList<Guid> Left);

/// <summary>Why a device cannot be removed.</summary>
public enum RemovalObstacle
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The pool does not know it.</summary>
    Unknown,

    /// <summary>Groups name it: it has to be drained, or lost, first.</summary>
    HasSlots,

    /// <summary>It may have fragments that nobody else has.</summary>
    MayHoldFragments,
}
