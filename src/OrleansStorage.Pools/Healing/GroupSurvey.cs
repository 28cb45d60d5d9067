using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools.Healing;

/// <summary>A blob that lacks fragments, and where they could come from.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="Redundancy">Surviving fragments beyond those needed.</param>
/// <param name="FragmentBytes">Length of each.</param>
/// <param name="Missing">Slots whose device answers and lacks its fragment.</param>
/// <param name="Sources">Devices that have the fragment of such a slot although it is not theirs any more.</param>
internal sealed record BlobJob(
    BlobId Blob, int Redundancy, int FragmentBytes, IReadOnlyList<int> Missing, IReadOnlyList<(int Slot, Guid Device)> Sources);

/// <summary>Compares what devices list of a group with what they should have. Keeps a bounded list of what to do, the most urgent of it.</summary>
internal sealed class GroupSurvey(
    StripeGroup group,
    IBlobProtection protection,
    PoolMembers members,
    Func<BlobId, bool> isInFlight,
    IReadOnlySet<FragmentId> damaged,
    int jobsMax)
{
    private readonly PriorityQueue<BlobJob, int> _jobs = new();
    private readonly long[] _slotBytes = new long[group.Devices.Count];

    /// <summary>Most urgent first.</summary>
    public IReadOnlyList<BlobJob> Jobs =>
        [.. _jobs.UnorderedItems.Select(item => item.Element).OrderBy(Urgency).ThenBy(job => job.Blob)];

    /// <summary>Fragments that are to be dropped, and from whom.</summary>
    public List<(Guid Device, FragmentId Id)> Drops { get; } = [];

    /// <summary>Blobs with too few fragments, of which no more are to be expected.</summary>
    public List<BlobId> Unrepairable { get; } = [];

    /// <summary>Damaged fragments that are still listed.</summary>
    public HashSet<FragmentId> DamagedSeen { get; } = [];

    public bool HasMore { get; private set; }

    public int RedundancyLeft { get; private set; } = protection.LossesMax;

    public long Blobs { get; private set; }

    public long SlotBytes => _slotBytes.Max();

    public long BlobsDegraded { get; private set; }

    public long BytesDegraded { get; private set; }

    public long BlobsWaiting { get; private set; }

    public long BlobsUnrepairable { get; private set; }

    /// <summary>Blobs in flight without all their fragments.</summary>
    public List<BlobId> InFlight { get; } = [];

    public void Add(ListedBlob listed, IReadOnlySet<Guid> silent)
    {
        Blobs++;
        var blob = Compare(listed, silent);
        var isFull = blob.Missing.Count + blob.Away + blob.Gone == 0;
        if (isInFlight(listed.Id))
        {
            if (!isFull)
            {
                InFlight.Add(listed.Id);
            }

            return;
        }

        if (isFull)
        {
            Drop(listed.Id, blob.Strays);
            return;
        }

        var redundancy = blob.Survivors - protection.FragmentsNeeded(listed.Id);
        RedundancyLeft = Math.Min(RedundancyLeft, redundancy);
        BlobsDegraded++;
        BytesDegraded += (long)(blob.Missing.Count + blob.Away + blob.Gone) * blob.FragmentBytes;
        if (redundancy < 0)
        {
            AddHopeless(listed.Id, blob);
        }

        Plan(listed.Id, blob, redundancy);
    }

    private Condition Compare(ListedBlob listed, IReadOnlySet<Guid> silent)
    {
        var blob = new Condition { FragmentBytes = listed.Fragments.Max(f => f.SizeBytes) };
        for (var slot = 0; slot < group.Devices.Count; slot++)
        {
            if (!protection.Holds(listed.Id, slot))
            {
                continue;
            }

            var owner = group.Devices[slot];
            var id = new FragmentId(listed.Id, (byte)slot);
            var isListed = listed.Fragments.Exists(f => f.Number == slot && f.Device == owner);
            if (isListed && damaged.Contains(id))
            {
                DamagedSeen.Add(id);
                isListed = false;
            }

            if (isListed)
            {
                blob.Present.Add(slot);
                _slotBytes[slot] += blob.FragmentBytes;
            }
            else if (!silent.Contains(owner))
            {
                blob.Missing.Add(slot);
            }
            else if (members.StateOf(owner) == MemberState.Lost)
            {
                blob.Gone++;
            }
            else
            {
                blob.Away++;
            }
        }

        blob.Strays.AddRange(listed.Fragments.Where(f => !IsInPlace(listed.Id, f)));
        blob.Survivors = blob.Present.Count + blob.Strays
            .Where(f => f.Number < group.Devices.Count && protection.Holds(listed.Id, f.Number) && !blob.Present.Contains(f.Number))
            .DistinctBy(f => f.Number)
            .Count();
        return blob;
    }

    private bool IsInPlace(BlobId blob, ListedFragment fragment) =>
        fragment.Number < group.Devices.Count
        && group.Devices[fragment.Number] == fragment.Device
        && protection.Holds(blob, fragment.Number);

    /// <summary>A blob that cannot be read: it may come back with a device, or never.</summary>
    private void AddHopeless(BlobId id, Condition blob)
    {
        if (blob.Away > 0)
        {
            return;
        }

        BlobsUnrepairable++;
        if (Unrepairable.Count < jobsMax)
        {
            Unrepairable.Add(id);
        }

        // What is left of it is kept where it belongs, and only there.
        Drop(id, blob.Strays.Where(f => blob.Present.Contains(f.Number)));
    }

    private void Plan(BlobId id, Condition blob, int redundancy)
    {
        var sources = blob.Strays
            .Where(f => blob.Missing.Contains(f.Number))
            .Select(f => ((int)f.Number, f.Device))
            .ToList();
        if (sources.Count == 0 && (redundancy < 0 || blob.Missing.Count == 0))
        {
            BlobsWaiting += blob.Away + (redundancy < 0 ? 0 : blob.Gone) > 0 ? 1 : 0;
            return;
        }

        var job = new BlobJob(id, redundancy, blob.FragmentBytes, blob.Missing, sources);
        _jobs.Enqueue(job, -Urgency(job));
        if (_jobs.Count > jobsMax)
        {
            _jobs.Dequeue();
            HasMore = true;
        }
    }

    /// <summary>The least protected first; last those that can only be tidied up.</summary>
    private static int Urgency(BlobJob job) => job.Redundancy < 0 ? int.MaxValue : job.Redundancy;

    private void Drop(BlobId id, IEnumerable<ListedFragment> fragments)
    {
        foreach (var fragment in fragments)
        {
            if (Drops.Count >= jobsMax)
            {
                HasMore = true;
                return;
            }

            Drops.Add((fragment.Device, new FragmentId(id, fragment.Number)));
        }
    }

    private sealed class Condition
    {
        public int FragmentBytes { get; init; }

        public int Survivors { get; set; }

        /// <summary>Slots whose device has its fragment.</summary>
        public HashSet<int> Present { get; } = [];

        /// <summary>Slots whose device answers and does not have it.</summary>
        public List<int> Missing { get; } = [];

        /// <summary>Slots whose device may come back with it.</summary>
        public int Away { get; set; }

        /// <summary>Slots whose device is lost.</summary>
        public int Gone { get; set; }

        /// <summary>Fragments on devices that should not have them.</summary>
        public List<ListedFragment> Strays { get; } = [];
    }
}
