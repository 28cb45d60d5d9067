using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools.Healing;

/// <summary>What is to be done about a group after a pass.</summary>
public enum GroupOutlook
{
    /// <summary>Every blob has all its fragments, and nobody has any that are not his.</summary>
    Clean,

    /// <summary>Something was done: another pass is to see whether that was all.</summary>
    Again,

    /// <summary>Something could not be done now and may be later: a device is full or does not answer, or a blob is in flight.</summary>
    Retry,

    /// <summary>Only when a device comes back or a slot is given away can more be done.</summary>
    Waiting,

    /// <summary>Nothing is left to do, and blobs are lost.</summary>
    Lost,
}

/// <summary>What a pass over a group found and did. Figures of what it found are from before it did anything.</summary>
/// <param name="Epoch">The epoch of the group as it was healed.</param>
/// <param name="Outlook">What is to be done next.</param>
/// <param name="RedundancyLeft">Fewest fragments that any blob has beyond those it needs; negative when blobs cannot be read.</param>
/// <param name="Blobs">Blobs of the group.</param>
/// <param name="SlotBytes">Bytes of the fullest slot.</param>
/// <param name="BlobsDegraded">Blobs without all their fragments, those in flight not counted.</param>
/// <param name="BytesDegraded">Bytes of the fragments that they lack.</param>
/// <param name="BlobsWaiting">Of these, those that wait for a device or for a slot to be given away.</param>
/// <param name="BlobsUnrepairable">
/// Of these, those of which too few fragments are left although every device answered or is lost. Lost, when metadata still names them;
/// else what a delete left on a device that was away, which the sweeper removes.
/// </param>
/// <param name="Unrepairable">The first of them.</param>
/// <param name="BlobsInFlight">Blobs in flight without all their fragments that began under another epoch: not looked after before their fate is known.</param>
/// <param name="Silent">Devices of the group that did not answer.</param>
/// <param name="Full">Devices that had no room for their fragments.</param>
/// <param name="Rebuilt">Fragments made anew or copied in this pass.</param>
/// <param name="Dropped">Fragments dropped in this pass.</param>
public sealed record GroupPass(
    ulong Epoch,
    GroupOutlook Outlook,
    int RedundancyLeft,
    long Blobs,
    long SlotBytes,
    long BlobsDegraded,
    long BytesDegraded,
    long BlobsWaiting,
    long BlobsUnrepairable,
    IReadOnlyList<BlobId> Unrepairable,
    long BlobsInFlight,
    IReadOnlyList<Guid> Silent,
    IReadOnlyList<Guid> Full,
    int Rebuilt,
    int Dropped);
