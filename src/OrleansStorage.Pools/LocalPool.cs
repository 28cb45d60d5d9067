using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools;

/// <summary>A pool over devices of this process, mirrored.</summary>
/// <remarks>
/// A blob is written to one group whose devices are all healthy. When one of them fails meanwhile, the whole blob is written again
/// to another group, under another id: nothing that was acknowledged is ever less than fully protected. A read
/// that meets a damaged or missing fragment takes another one, and the bad one is made anew in the background. A repair that runs
/// while its blob is being deleted can leave a fragment behind; the sweeper finds it like any other orphan.
/// Does not own its devices.
/// </remarks>
public sealed class LocalPool : IBlobStore, IAsyncDisposable
{
    private readonly PoolLayout _layout;
    private readonly IReadOnlyDictionary<Guid, IDevice> _devices;
    private readonly IGroupPlacement _placement;
    private readonly IBlobProtection _protection;
    private readonly RepairQueue _repairs;
    private readonly InFlightBlobs _inFlight;
    private ulong _sequence;
    private long _rewrites;

    /// <summary>Makes a pool.</summary>
    /// <param name="layout">Its groups. Devices that are not given are treated as failed.</param>
    /// <param name="devices">Devices.</param>
    /// <param name="options">Not changed afterwards.</param>
    public LocalPool(PoolLayout layout, IEnumerable<IDevice> devices, LocalPoolOptions options)
        : this(layout, devices.ToDictionary(device => device.Identity.Id), options)
    {
    }

    private LocalPool(PoolLayout layout, Dictionary<Guid, IDevice> devices, LocalPoolOptions options)
        : this(layout, devices, new RotatingPlacement(layout, devices), new MirrorProtection(layout.MirrorCount, devices), options)
    {
    }

    /// <summary>Makes a pool with a placement and a protection of its own.</summary>
    internal LocalPool(
        PoolLayout layout,
        IReadOnlyDictionary<Guid, IDevice> devices,
        IGroupPlacement placement,
        IBlobProtection protection,
        LocalPoolOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Writer);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SweeperGrace, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PendingRepairsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InFlightMax, 1);
        _layout = layout;
        _devices = devices;
        _placement = placement;
        _protection = protection;
        _inFlight = new InFlightBlobs(options.Time, options.SweeperGrace, options.InFlightMax);
        _repairs = new RepairQueue(_placement, _protection, options.PendingRepairsMax, options.RunContinuationsInline);
        _repairs.Start();
        Writer = options.Writer;
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
            var healthy = _layout.Groups.Count(group => group.Devices.All(
                id => _devices.TryGetValue(id, out var device) && device.State == DeviceState.Healthy));
            return new PoolStatus(
                _layout.Groups.Count,
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
        var group = _placement.Find(blob.Group) ?? throw new BlobNotFoundException($"There is no blob {blob}.");
        var bad = await _protection.ReadAsync(group, blob, offsetBytes, destination, cancellationToken);
        if (bad.Count > 0)
        {
            _repairs.Add(blob, bad);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken)
    {
        foreach (var ofGroup in blobs.GroupBy(blob => blob.Group))
        {
            if (_placement.Find(ofGroup.Key) is { } group)
            {
                await _protection.DeleteAsync(group, [.. ofGroup], cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Blobs that only devices out of service have are not listed.</remarks>
    public async ValueTask<IReadOnlyList<BlobEntry>> ListAsync(BlobId after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var found = new SortedDictionary<BlobId, int>();
        BlobId? horizon = null;
        foreach (var device in _devices.Values)
        {
            if (device.State != DeviceState.Healthy)
            {
                continue;
            }

            var page = await device.ListFragmentsAsync(new FragmentId(after, byte.MaxValue), limit, cancellationToken);
            foreach (var fragment in page)
            {
                found[fragment.Id.Blob] = _protection.BlobBytes(fragment);
            }

            // Behind the end of a full page the device may have more that it did not say.
            if (page.Count == limit && (horizon is not { } nearest || page[^1].Id.Blob < nearest))
            {
                horizon = page[^1].Id.Blob;
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
            var result = _placement.TryChoose(_protection.FragmentBytes(payload.Length), excluded, out var group);
            if (result != PlacementResult.Chosen)
            {
                throw NoGroup(result, last);
            }

            var blob = new BlobId(group!.Id, Writer, Interlocked.Increment(ref _sequence));
            _inFlight.Add(blob);
            var failures = await _protection.WriteAsync(group, blob, payload);
            if (failures.Count == 0)
            {
                return blob;
            }

            last = failures[^1].Error;
            foreach (var failure in failures)
            {
                excluded.Add(group.Devices[failure.Slot]);
            }

            Interlocked.Increment(ref _rewrites);
            await DeleteInFlightAsync([blob]);
        }
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

    private static DeviceException NoGroup(PlacementResult result, Exception? last) => (result, last) switch
    {
        (_, DeviceBusyException busy) => busy,
        (PlacementResult.NoRoom, _) or (_, DeviceFullException) => new PoolFullException("No healthy stripe group has room."),
        _ => new DeviceException("No healthy stripe group is left.", last),
    };
}
