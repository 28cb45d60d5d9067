using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools.Healing;

/// <summary>Brings the blobs of one stripe group to full protection, in passes that compare what its devices list.</summary>
/// <remarks>
/// Begins anew with each pass from what devices have, so nothing is lost with the process. Looks at the devices of the group and at
/// those that may have fragments of it although they are not of it (any more): these serve as sources, and are dropped when the blob
/// has all fragments without them, or the one who should have them does. One pass at a time; calls and what continues them run one at a
/// time too, as on a grain's scheduler.
/// </remarks>
public sealed class GroupHealer
{
    private const int DropBatch = 256;

    private readonly PoolMembers _members;
    private readonly IBlobProtection _protection;
    private readonly Func<BlobId, bool> _isInFlight;
    private readonly HealBudget _budget;
    private readonly HealFigures _figures;
    private readonly GroupHealerOptions _options;
    private readonly DevicePatience _patience;
    private readonly FragmentCopier _copier;
    private readonly HashSet<FragmentId> _damaged = [];
    private readonly HashSet<Guid> _others = [];
    private HashSet<BlobId>? _awaited;
    private ulong _awaitedEpoch;

    /// <summary>A healer of one group, which knows nothing about it yet.</summary>
    /// <param name="members">The devices of the pool.</param>
    /// <param name="protection">Over the same devices.</param>
    /// <param name="isInFlight">Whether a blob may still be being written, or is not named yet.</param>
    /// <param name="budget">What healing may spend; shared by all groups.</param>
    /// <param name="figures">Where it counts; shared by all groups.</param>
    /// <param name="options">Not changed afterwards.</param>
    /// <param name="time">Time.</param>
    public GroupHealer(
        PoolMembers members,
        IBlobProtection protection,
        Func<BlobId, bool> isInFlight,
        HealBudget budget,
        HealFigures figures,
        GroupHealerOptions options,
        TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlobsPerPassMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ParallelBlobs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.CallTimeout, TimeSpan.Zero);
        _members = members;
        _protection = protection;
        _isInFlight = isInFlight;
        _budget = budget;
        _figures = figures;
        _options = options;
        _patience = new DevicePatience(options.CallTimeout, time);
        _copier = new FragmentCopier(_patience, budget, figures);
    }

    /// <summary>Devices that may have fragments of the group although they are not of it.</summary>
    public IReadOnlyCollection<Guid> Others => _others;

    /// <summary>A device that is not of the group, or will not be, may have fragments of it: it is looked at until it has none.</summary>
    public void AlsoLookAt(Guid device) => _others.Add(device);

    /// <summary>Nobody asks a device any more that has left the pool.</summary>
    public void Forget(Guid device) => _others.Remove(device);

    /// <summary>The device of its slot has a fragment whose bytes are damaged: the next pass counts it as missing.</summary>
    public void ReportDamaged(FragmentId fragment) => _damaged.Add(fragment);

    /// <summary>Something may have happened to fragments that were there: blobs in flight count anew.</summary>
    public void LookAnew() => _awaited = null;

    /// <summary>Makes passes until one finds nothing that it could do.</summary>
    public async ValueTask<GroupPass> HealAsync(StripeGroup group, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pass = await RunPassAsync(group, cancellationToken);
            if (pass.Outlook != GroupOutlook.Again)
            {
                return pass;
            }
        }
    }

    /// <summary>Compares the lists of all devices, then rebuilds and drops a bounded number of fragments, the most urgent first.</summary>
    /// <param name="group">The group as it is now.</param>
    /// <param name="cancellationToken">Ends the pass between two fragments.</param>
    public async ValueTask<GroupPass> RunPassAsync(StripeGroup group, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        var listing = new GroupListing(_members, group.Devices.Concat(_others), group, _options.PageSize, _patience);
        var survey = new GroupSurvey(group, _protection, _members, _isInFlight, _damaged, _options.BlobsPerPassMax);
        while (await listing.NextAsync(cancellationToken) is { } blobs)
        {
            foreach (var blob in blobs)
            {
                survey.Add(blob, listing.Silent);
            }
        }

        Remember(group, listing, survey);
        var work = new Work(group);
        await RunAsync(survey.Jobs, work, cancellationToken);
        await ConfirmAsync(survey, work, cancellationToken);
        await DropAsync(survey.Drops, work, cancellationToken);
        return Result(group, listing, survey, work);
    }

    /// <summary>Forgets what the lists have answered.</summary>
    private void Remember(StripeGroup group, GroupListing listing, GroupSurvey survey)
    {
        if (!group.Devices.Any(listing.Silent.Contains))
        {
            _damaged.IntersectWith(survey.DamagedSeen);
        }

        Await(group, survey.InFlight);
        foreach (var device in listing.Empty)
        {
            _others.Remove(device);
        }

        foreach (var device in group.Devices)
        {
            _others.Remove(device);
        }
    }

    /// <summary>
    /// Of the blobs in flight without all their fragments, those of the first list under an epoch are waited for: they may have been
    /// completed under the epoch before, and be named yet. Whatever comes later is written under this one, or not acknowledged.
    /// </summary>
    private void Await(StripeGroup group, IEnumerable<BlobId> inFlight)
    {
        if (_awaited is null || _awaitedEpoch != group.Epoch)
        {
            _awaited = [.. inFlight];
            _awaitedEpoch = group.Epoch;
        }
        else
        {
            _awaited.IntersectWith(inFlight);
        }
    }

    private async ValueTask RunAsync(IReadOnlyList<BlobJob> jobs, Work work, CancellationToken cancellationToken)
    {
        var queue = new Queue<BlobJob>(jobs);
        var workers = new Task[Math.Min(_options.ParallelBlobs, jobs.Count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync(queue, work, cancellationToken);
        }

        await Task.WhenAll(workers);
    }

    private async Task WorkAsync(Queue<BlobJob> queue, Work work, CancellationToken cancellationToken)
    {
        while (queue.TryDequeue(out var job))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await HealBlobAsync(job, work, cancellationToken);
        }
    }

    private async ValueTask HealBlobAsync(BlobJob job, Work work, CancellationToken cancellationToken)
    {
        var open = job.Missing.ToList();
        foreach (var (slot, device) in job.Sources)
        {
            if (open.Contains(slot) && await TryCopyAsync(job, slot, device, work, cancellationToken))
            {
                open.Remove(slot);
            }
        }

        if (open.Count > 0 && job.Redundancy >= 0)
        {
            await RebuildAsync(job, open, work, cancellationToken);
        }
    }

    /// <summary>Takes a fragment from one who has it although it is not his: that costs one read instead of many.</summary>
    private async ValueTask<bool> TryCopyAsync(BlobJob job, int slot, Guid from, Work work, CancellationToken cancellationToken)
    {
        var id = new FragmentId(job.Blob, (byte)slot);
        try
        {
            if (_members.Find(from) is { } source && _members.Find(work.Group.Devices[slot]) is { } target)
            {
                await _copier.CopyAsync(source, target, id, job.FragmentBytes, _damaged.Contains(id), cancellationToken);
                _damaged.Remove(id);
                work.AddRebuilt();
                return true;
            }
        }
        catch (FragmentNotFoundException)
        {
            // Deleted meanwhile.
        }
        catch (CorruptFragmentException)
        {
            // Nobody reads it there but us, and it cannot be read.
            await DropAsync([(from, id)], work, cancellationToken);
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            work.AddFailure(e is DeviceFullException ? work.Group.Devices[slot] : null);
        }

        return false;
    }

    /// <summary>Makes fragments anew: all that a blob lacks at once, so that the others are read once.</summary>
    private async ValueTask RebuildAsync(BlobJob job, List<int> slots, Work work, CancellationToken cancellationToken)
    {
        if (!await TryLeaveOutAsync(job, slots, work, cancellationToken) || slots.Count == 0)
        {
            return;
        }

        var needed = _protection.FragmentsNeeded(job.Blob);
        await _budget.SpendAsync((long)(needed + slots.Count) * job.FragmentBytes, cancellationToken);
        try
        {
            // To its end: it would leave off between deleting what is damaged and writing what is made.
            if (await _patience.WaitAsync(_protection.RepairAsync(work.Group, job.Blob, slots, CancellationToken.None)))
            {
                slots.ForEach(slot => AddRebuilt(job, slot, work));
                return;
            }
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            // Found out below.
        }

        await ExplainAsync(job, slots, work, cancellationToken);
    }

    /// <summary>Leaves out what came while the lists were made: making it anew would first delete it.</summary>
    /// <returns>Whether every device answered.</returns>
    private async ValueTask<bool> TryLeaveOutAsync(
        BlobJob job, List<int> slots, Work work, CancellationToken cancellationToken)
    {
        foreach (var slot in slots.ToList())
        {
            var id = new FragmentId(job.Blob, (byte)slot);
            if (_damaged.Contains(id))
            {
                continue;
            }

            if (await HasAsync(work.Group, id, cancellationToken) is not { } has)
            {
                work.AddFailure(null);
                return false;
            }

            if (has)
            {
                slots.Remove(slot);
            }
        }

        return true;
    }

    private void AddRebuilt(BlobJob job, int slot, Work work)
    {
        _damaged.Remove(new FragmentId(job.Blob, (byte)slot));
        _figures.Rebuilt(job.FragmentBytes);
        work.AddRebuilt();
    }

    /// <summary>Finds out which fragments could not be made, and why: by reading what there is of the blob.</summary>
    private async ValueTask ExplainAsync(BlobJob job, List<int> slots, Work work, CancellationToken cancellationToken)
    {
        var found = await ExamineAsync(work.Group, job.Blob, cancellationToken);
        if (found.Listed == 0 && !found.IsUncertain)
        {
            // Deleted meanwhile.
            return;
        }

        if (found.Intact < _protection.FragmentsNeeded(job.Blob) && !found.IsUncertain)
        {
            work.AddUnrepairable(job.Blob);
            return;
        }

        foreach (var slot in slots)
        {
            var id = new FragmentId(job.Blob, (byte)slot);
            if (!_damaged.Contains(id) && await HasAsync(work.Group, id, cancellationToken) == true)
            {
                AddRebuilt(job, slot, work);
            }
            else
            {
                work.AddFailure(IsFull(work.Group.Devices[slot], job.FragmentBytes) ? work.Group.Devices[slot] : null);
            }
        }
    }

    private bool IsFull(Guid device, int fragmentBytes) =>
        _members.Find(device) is { State: DeviceState.Healthy } target && target.Usage.AvailableBytes < fragmentBytes;

    /// <summary>Reads every fragment of a blob. Those that are damaged are remembered.</summary>
    private async ValueTask<(int Listed, int Intact, bool IsUncertain)> ExamineAsync(
        StripeGroup group, BlobId blob, CancellationToken cancellationToken)
    {
        var (listed, intact, isUncertain) = (0, 0, false);
        for (var slot = 0; slot < group.Devices.Count; slot++)
        {
            if (!_protection.Holds(blob, slot))
            {
                continue;
            }

            var id = new FragmentId(blob, (byte)slot);
            var has = await HasAsync(group, id, cancellationToken);
            var isIntact = has == true ? await IsIntactAsync(group, id, cancellationToken) : false;
            listed += has == true ? 1 : 0;
            intact += isIntact == true ? 1 : 0;
            isUncertain |= has is null || isIntact is null;
        }

        return (listed, intact, isUncertain);
    }

    /// <summary>Whether the device of its slot has a fragment; null when it does not answer. A lost one has nothing.</summary>
    private async ValueTask<bool?> HasAsync(StripeGroup group, FragmentId id, CancellationToken cancellationToken)
    {
        var device = group.Devices[id.Number];
        try
        {
            return _members.Find(device) is { } access
                ? await _patience.FindAsync(access, id, cancellationToken) is not null
                : _members.StateOf(device) == MemberState.Lost ? false : null;
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            return null;
        }
    }

    /// <summary>Whether a fragment can be read; null when its device does not answer.</summary>
    private async ValueTask<bool?> IsIntactAsync(StripeGroup group, FragmentId id, CancellationToken cancellationToken)
    {
        try
        {
            if (_members.Find(group.Devices[id.Number]) is not { } device)
            {
                return null;
            }

            var bytes = await _patience.FindAsync(device, id, cancellationToken) ?? 0;
            await _budget.SpendAsync(bytes, cancellationToken);
            await _patience.WaitAsync(device.ReadFragmentAsync(id, 0, new byte[bytes], cancellationToken));
            return true;
        }
        catch (Exception e) when (e is FragmentNotFoundException or CorruptFragmentException)
        {
            _damaged.Add(id);
            return false;
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            return null;
        }
    }

    /// <summary>A blob with too few fragments in lists that were made one after the other may have been being written.</summary>
    private async ValueTask ConfirmAsync(GroupSurvey survey, Work work, CancellationToken cancellationToken)
    {
        var adopted = survey.Jobs.Where(job => job.Redundancy < 0).Select(job => job.Blob).ToHashSet();
        foreach (var blob in survey.Unrepairable)
        {
            var found = await ExamineAsync(work.Group, blob, cancellationToken);
            if (found.Intact >= _protection.FragmentsNeeded(blob) || found.IsUncertain)
            {
                work.AddFailure(null);
            }
            else if (found.Listed > 0 || adopted.Contains(blob))
            {
                work.AddUnrepairable(blob);
            }
        }
    }

    private async ValueTask DropAsync(
        IReadOnlyList<(Guid Device, FragmentId Id)> drops, Work work, CancellationToken cancellationToken)
    {
        foreach (var ofDevice in drops.GroupBy(drop => drop.Device, drop => drop.Id))
        {
            foreach (var batch in ofDevice.Chunk(DropBatch))
            {
                try
                {
                    var device = _members.Find(ofDevice.Key) ?? throw new DeviceGoneException(ofDevice.Key);
                    await _patience.WaitAsync(device.DeleteFragmentsAsync(batch, cancellationToken));
                    work.Dropped += batch.Length;
                    _figures.Dropped(batch.Length);
                }
                catch (Exception e) when (DevicePatience.IsTrouble(e))
                {
                    work.AddFailure(null);
                    break;
                }
            }
        }
    }

    private GroupPass Result(StripeGroup group, GroupListing listing, GroupSurvey survey, Work work)
    {
        // A device that is asked and does not answer may do so later; one that is known to be away is waited for.
        var isStubborn = listing.Silent.Any(device => _members.StateOf(device) is MemberState.Online or MemberState.Draining);
        var hasGone = group.Devices.Any(device => _members.Find(device) is null);
        var unrepairable = Math.Max(survey.BlobsUnrepairable - survey.Unrepairable.Count, 0) + work.Unrepairable.Count;
        var outlook = work.Rebuilt + work.Dropped > 0 ? GroupOutlook.Again
            : work.Failures > 0 || survey.HasMore || _awaited?.Count > 0 || isStubborn ? GroupOutlook.Retry
            : survey.BlobsWaiting > 0 || hasGone ? GroupOutlook.Waiting
            : unrepairable > 0 ? GroupOutlook.Lost
            : GroupOutlook.Clean;
        return new GroupPass(
            group.Epoch,
            outlook,
            work.Unrepairable.Count > 0 ? Math.Min(survey.RedundancyLeft, -1) : survey.RedundancyLeft,
            survey.Blobs,
            survey.SlotBytes,
            survey.BlobsDegraded,
            survey.BytesDegraded,
            survey.BlobsWaiting,
            unrepairable,
            [.. work.Unrepairable.Order()],
            _awaited?.Count ?? 0,
            [.. group.Devices.Where(listing.Silent.Contains)],
            [.. work.Full.Order()],
            work.Rebuilt,
            work.Dropped);
    }

    /// <summary>What a pass does.</summary>
    private sealed class Work(StripeGroup group)
    {
        public StripeGroup Group { get; } = group;

        public int Rebuilt { get; private set; }

        public int Dropped { get; set; }

        public int Failures { get; private set; }

        public HashSet<Guid> Full { get; } = [];

        public HashSet<BlobId> Unrepairable { get; } = [];

        public void AddRebuilt() => Rebuilt++;

        public void AddFailure(Guid? full)
        {
            Failures++;
            if (full is { } device)
            {
                Full.Add(device);
            }
        }

        public void AddUnrepairable(BlobId blob) => Unrepairable.Add(blob);
    }
}
