using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools;

/// <summary>A pool as one process uses it: writes, reads and repairs blobs on the devices of its stripe groups.</summary>
/// <remarks>
/// A blob is written to one group whose devices are all healthy. When one of them fails meanwhile, or its slot is given to another
/// device, the whole blob is written again to another group, under another id: nothing that was acknowledged is ever less than fully
/// protected. (Whoever rebuilds a slot lists the group after its epoch was raised. So either that list has the blob, or the write
/// sees the new epoch.) A read that meets a damaged or missing fragment does without it, and it is made anew in the background. A
/// repair that runs while its blob is being deleted can leave a fragment behind; the sweeper finds it like any other orphan.
/// Does not own its devices.
/// </remarks>
public sealed class LocalPool : IBlobStore, IAsyncDisposable
{
    private readonly GroupMap _groups;
    private readonly PoolMembers _members;
    private readonly IBlobProtection _protection;
    private readonly RepairQueue _repairs;
    private readonly InFlightBlobs _inFlight;
    private ulong _number;
    private long _rewrites;

    /// <summary>Makes a pool that mirrors over devices of this process.</summary>
    /// <param name="layout">Its groups. Devices that are not given are treated as failed.</param>
    /// <param name="devices">Devices.</param>
    /// <param name="options">Not changed afterwards.</param>
    public LocalPool(PoolLayout layout, IEnumerable<IDevice> devices, LocalPoolOptions options)
        : this(layout, new PoolMembers(devices), options)
    {
    }

    /// <summary>Makes a pool with a protection of its own.</summary>
    /// <param name="groups">Its groups; may change while the pool works.</param>
    /// <param name="members">Its devices; may change while the pool works.</param>
    /// <param name="protection">Over the same devices.</param>
    /// <param name="options">Not changed afterwards.</param>
    public LocalPool(GroupMap groups, PoolMembers members, IBlobProtection protection, LocalPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Writer);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SweeperGrace, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PendingRepairsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InFlightMax, 1);
        _groups = groups;
        _members = members;
        _protection = protection;
        _inFlight = new InFlightBlobs(options.Time, options.SweeperGrace, options.InFlightMax);
        _repairs = new RepairQueue(_groups, _protection, options.PendingRepairsMax, options.RunContinuationsInline);
        _repairs.Start();
        Writer = options.Writer;
    }

    private LocalPool(PoolLayout layout, PoolMembers members, LocalPoolOptions options)
        : this(new GroupMap(layout.Groups, members), members, new MirrorProtection(layout.Slots, members), options)
    {
    }

    /// <inheritdoc/>
    public int BlobSizeMaxBytes => FragmentId.SizeMaxBytes;

    /// <inheritdoc/>
    public uint Writer { get; }

    /// <summary>How the pool is.</summary>
    public PoolStatus Status
    {
        get
        {
            var (repaired, failed, dropped, waiting) = _repairs.Figures;
            var groups = _groups.Groups;
            var healthy = groups.Count(group => group.Devices.All(_members.TakesWrites));
            return new PoolStatus(
                groups.Count,
                healthy,
                _inFlight.Count,
                Interlocked.Read(ref _rewrites),
                repaired,
                failed,
                dropped,
                waiting);
        }
    }

    /// <inheritdoc/>
    public IBlobWriteSession BeginWrite() => new BlobWriteSession(this, _inFlight);

    /// <inheritdoc/>
    public bool IsInFlight(BlobId blob) => _inFlight.Contains(blob);

    /// <inheritdoc/>
    public async ValueTask ReadAsync(
        BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            var group = _groups.Find(blob.Group) ?? throw new BlobNotFoundException($"There is no blob {blob}.");
            try
            {
                var bad = await _protection.ReadAsync(group, blob, offsetBytes, destination, cancellationToken);
                if (bad.Count > 0)
                {
                    _repairs.Add(blob, bad);
                }

                return;
            }
            catch (DeviceException e) when (
                e is BlobNotFoundException or BlobLostException && _groups.Find(blob.Group)?.Epoch != group.Epoch)
            {
                // A slot went to another device meanwhile, and the one that had it dropped what was read.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken)
    {
        foreach (var ofGroup in blobs.GroupBy(blob => blob.Group))
        {
            if (_groups.Find(ofGroup.Key) is { } group)
            {
                await _protection.DeleteAsync(group, [.. ofGroup], cancellationToken);
            }
        }
    }

    /// <summary>Whether a group is one of this pool's.</summary>
    public bool Owns(uint group) => _groups.Find(group) is not null;

    /// <inheritdoc/>
    /// <remarks>Blobs that only devices out of service have are not listed.</remarks>
    public async ValueTask<IReadOnlyList<BlobEntry>> ListAsync(BlobId after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var found = new SortedDictionary<BlobId, int>();
        BlobId? horizon = null;
        foreach (var id in _members.Ids)
        {
            if (_members.Find(id) is not { State: DeviceState.Healthy } device)
            {
                continue;
            }

            // Behind the end of a full page the device may have more that it did not say.
            if (await ListDeviceAsync(device, after, limit, found, cancellationToken) is { } end
                && (horizon is not { } nearest || end < nearest))
            {
                horizon = end;
            }
        }

        return [.. found
            .TakeWhile(entry => horizon is not { } end || entry.Key <= end)
            .Take(limit)
            .Select(entry => new BlobEntry(entry.Key, entry.Value))];
    }

    /// <summary>Makes the fragments anew that a scrub or another reader found damaged. Drops them when too many wait.</summary>
    /// <param name="fragment">A damaged fragment; its number is its slot.</param>
    public void Repair(FragmentId fragment) => _repairs.Add(fragment.Blob, [fragment.Number]);

    /// <summary>Ends the repairs. Sessions and reads must have ended before.</summary>
    public async ValueTask DisposeAsync()
    {
        await _repairs.StopAsync();
        _repairs.Dispose();
    }

    /// <summary>Writes a blob for a session; it is in flight from before its first byte is written.</summary>
    internal async ValueTask<BlobId> WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(payload.Length, 1, nameof(payload));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, BlobSizeMaxBytes, nameof(payload));
        var excluded = new HashSet<Guid>();
        Exception? last = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = _groups.TryChoose(_protection.FragmentBytes(payload.Length), excluded, out var group);
            if (result != PlacementResult.Chosen)
            {
                throw NoGroup(result, last);
            }

            var number = Interlocked.Increment(ref _number);
            var blob = _protection.FormOf(payload.Length, number).ToId(group!.Id, Writer);
            _inFlight.Add(blob);
            var failures = await _protection.WriteAsync(group, blob, payload);
            if (failures.Count == 0 && _groups.Find(group.Id)?.Epoch == group.Epoch)
            {
                return blob;
            }

            last = failures.Count > 0 ? failures[^1].Error : last;
            foreach (var failure in failures)
            {
                excluded.Add(group.Devices[failure.Slot]);
            }

            Interlocked.Increment(ref _rewrites);
            await DropAsync(group, blob);
        }
    }

    /// <summary>Deletes a blob from the devices that it was written to, and from those that have their slots now.</summary>
    private async ValueTask DropAsync(StripeGroup group, BlobId blob)
    {
        try
        {
            if (_groups.Find(group.Id)?.Epoch != group.Epoch)
            {
                await _protection.DeleteAsync(group, [blob], CancellationToken.None);
            }
        }
        catch (DeviceException)
        {
            // An orphan is found by listing.
        }

        await DeleteInFlightAsync([blob]);
    }

    /// <summary>Deletes blobs that nothing names. What cannot be deleted is left to the sweeper.</summary>
    internal async ValueTask DeleteInFlightAsync(IReadOnlyList<BlobId> blobs)
    {
        try
        {
            await DeleteAsync(blobs, CancellationToken.None);
        }
        catch (DeviceException)
        {
            // An orphan is found by listing.
        }

        foreach (var blob in blobs)
        {
            _inFlight.Remove(blob);
        }
    }

    /// <summary>Adds this pool's blobs on a device, past those of other pools.</summary>
    /// <returns>The last blob of a full page; null when the device has no more.</returns>
    private async ValueTask<BlobId?> ListDeviceAsync(
        IDevice device, BlobId after, int limit, SortedDictionary<BlobId, int> found, CancellationToken cancellationToken)
    {
        var from = new FragmentId(after, byte.MaxValue);
        var count = 0;
        while (true)
        {
            var page = await device.ListFragmentsAsync(from, limit, cancellationToken);
            foreach (var fragment in page)
            {
                if (Owns(fragment.Id.Blob.Group))
                {
                    found[fragment.Id.Blob] = _protection.BlobBytes(fragment);
                    count++;
                }
            }

            if (page.Count < limit)
            {
                return null;
            }

            if (count > 0)
            {
                return page[^1].Id.Blob;
            }

            // None of this page is ours: go on with our next group.
            var last = page[^1].Id.Blob.Group;
            if (_groups.Groups.FirstOrDefault(group => group.Id > last) is not { } next)
            {
                return null;
            }

            from = new FragmentId(new BlobId(next.Id, 0, 0), 0);
        }
    }

    private static DeviceException NoGroup(PlacementResult result, Exception? last) => (result, last) switch
    {
        (_, DeviceBusyException busy) => busy,
        (PlacementResult.NoRoom, _) or (_, DeviceFullException) => new PoolFullException("No healthy stripe group has room."),
        _ => new DeviceException("No healthy stripe group is left.", last),
    };
}
