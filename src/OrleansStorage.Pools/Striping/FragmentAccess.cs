using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools.Striping;

/// <summary>What one can expect of the device of a slot.</summary>
internal enum SlotStanding
{
    /// <summary>It is read from.</summary>
    Usable,

    /// <summary>It is asked when there is no other way: it may be gone, or does not answer.</summary>
    Last,

    /// <summary>There is no way to it.</summary>
    Unreachable,
}

/// <summary>The way of a protection to its devices, and what its calls share.</summary>
internal sealed class FragmentAccess
{
    private readonly PoolMembers _members;

    public FragmentAccess(PoolMembers members, ProtectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _members = members;
        Buffers = new PageBuffers(options.IdleBufferBytesMax);
        Late = new LateReads(options.LateReadsMax);
        HedgeDelay = options.HedgeDelay;
        Time = options.Time;
    }

    public PageBuffers Buffers { get; }

    public LateReads Late { get; }

    public TimeSpan HedgeDelay { get; }

    public TimeProvider Time { get; }

    public bool IsHedged => HedgeDelay > TimeSpan.Zero;

    /// <summary>How long until what began then is late; zero when it is, and <see cref="TimeSpan.MaxValue"/> when nothing ever is.</summary>
    public TimeSpan PatienceLeft(long startedAt)
    {
        if (!IsHedged)
        {
            return TimeSpan.MaxValue;
        }

        var left = HedgeDelay - Time.GetElapsedTime(startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public static FragmentId IdOf(BlobId blob, int slot) => new(blob, (byte)slot);

    /// <exception cref="DeviceGoneException">There is no way to it.</exception>
    public IDevice DeviceOf(StripeGroup group, int slot) =>
        _members.Find(group.Devices[slot]) ?? throw new DeviceGoneException(group.Devices[slot]);

    public SlotStanding StandingOf(StripeGroup group, int slot)
    {
        var id = group.Devices[slot];
        if (_members.Find(id) is not { State: DeviceState.Healthy })
        {
            return SlotStanding.Unreachable;
        }

        return _members.StateOf(id) == MemberState.Suspect || Late.IsFull(id) ? SlotStanding.Last : SlotStanding.Usable;
    }

    /// <summary>The slots that can be reached: those to be preferred first, otherwise in the order given.</summary>
    public IEnumerable<int> InOrder(StripeGroup group, IEnumerable<int> slots) => slots
        .Select(slot => (Slot: slot, Standing: StandingOf(group, slot)))
        .Where(s => s.Standing != SlotStanding.Unreachable)
        .OrderBy(s => s.Standing)
        .Select(s => s.Slot);

    /// <summary>Writes a fragment; never throws what a device may throw.</summary>
    public async Task<SlotFailure?> WriteAsync(StripeGroup group, BlobId blob, int slot, ReadOnlyMemory<byte> payload)
    {
        try
        {
            await DeviceOf(group, slot).WriteFragmentAsync(IdOf(blob, slot), payload, CancellationToken.None);
            return null;
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            return new SlotFailure(slot, e);
        }
    }

    /// <summary>Puts a fragment in the place of a damaged or missing one.</summary>
    public async Task<SlotFailure?> ReplaceAsync(StripeGroup group, BlobId blob, int slot, ReadOnlyMemory<byte> payload)
    {
        try
        {
            await DeviceOf(group, slot).DeleteFragmentsAsync([IdOf(blob, slot)], CancellationToken.None);
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            return new SlotFailure(slot, e);
        }

        return await WriteAsync(group, blob, slot, payload);
    }

    /// <summary>Deletes the fragments that each slot holds.</summary>
    public async ValueTask DeleteAsync(
        StripeGroup group, IReadOnlyList<BlobId> blobs, IBlobProtection protection, CancellationToken cancellationToken)
    {
        var deletes = new List<Task>(protection.Slots);
        for (var slot = 0; slot < protection.Slots; slot++)
        {
            var ids = new List<FragmentId>(blobs.Count);
            foreach (var blob in blobs)
            {
                if (protection.Holds(blob, slot))
                {
                    ids.Add(IdOf(blob, slot));
                }
            }

            deletes.Add(DeleteSlotAsync(group, slot, ids, cancellationToken));
        }

        await Task.WhenAll(deletes);
    }

    /// <summary>Those that failed.</summary>
    public static IReadOnlyList<SlotFailure> Failures(SlotFailure?[] results)
    {
        List<SlotFailure>? failures = null;
        foreach (var result in results)
        {
            if (result is { } failure)
            {
                (failures ??= []).Add(failure);
            }
        }

        return failures ?? (IReadOnlyList<SlotFailure>)[];
    }

    private async Task DeleteSlotAsync(StripeGroup group, int slot, List<FragmentId> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return;
        }

        try
        {
            await DeviceOf(group, slot).DeleteFragmentsAsync(ids, cancellationToken);
        }
        catch (Exception e) when (e is ObjectDisposedException or (DeviceException and not DeviceBusyException))
        {
            // What a device that comes back still has is listed then, and swept.
        }
    }
}

/// <summary>A device of the group is not there.</summary>
internal sealed class DeviceGoneException(Guid device) : DeviceException($"Device {device} is not there.");
