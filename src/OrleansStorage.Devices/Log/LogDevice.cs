using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>A device on files: a log of checksummed records, an index of it in memory, and checkpoints of the index.</summary>
/// <remarks>
/// <code>
/// callers ── records ──▶ LogWriter ── one write and one sync ──▶ segment-00000007.log  (active)
///                           │ when durable                       segment-00000006.log  (sealed)
///                           ▼                                     …
///                        LogState (index) ── now and then ──▶ checkpoint-0000000000000003.index
/// </code>
/// Memory: about 45 to 60 bytes for a fragment, 24 for a block, beside a few kilobytes for a segment and buffers for what is under way.
/// Owns no thread and reads no clock but <see cref="LogDeviceOptions.Time"/>: on a layer that simulates, it is deterministic.
/// </remarks>
public sealed partial class LogDevice : IDevice
{
    private readonly IFileLayer _layer;
    private readonly IDisposable _lock;
    private readonly LogDeviceOptions _options;
    private readonly LogState _state;
    private readonly HealthLog _health;
    private readonly DeviceMeter _meter;
    private readonly SegmentStore _segments;
    private readonly LogWriter _writer;
    private readonly RecordReader _reader;
    private readonly WriteTicketPool _tickets;
    private readonly Maintenance _maintenance;
    private bool _disposed;

    private LogDevice(IFileLayer layer, IDisposable deviceLock, LogDeviceOptions options, LogState state, HealthLog health)
    {
        _layer = layer;
        _lock = deviceLock;
        _options = options;
        _state = state;
        _health = health;
        _meter = new DeviceMeter(state.Identity);
        _segments = new SegmentStore(layer, state);
        _tickets = new WriteTicketPool(layer.CompletesInline);
        var admission = new Admission(state, options.PlantedBug);
        _writer = new LogWriter(state, _segments, admission, health, options, _meter, layer.CompletesInline);
        _reader = new RecordReader(health, _meter, options.PlantedBug);
        _maintenance = new Maintenance(layer, state, _segments, _writer, _reader, _tickets, health, options, _meter);
    }

    /// <inheritdoc/>
    public DeviceIdentity Identity => _state.Identity;

    /// <inheritdoc/>
    public DeviceState State => _health.State;

    /// <inheritdoc/>
    public DeviceHealth Health => _health.Snapshot;

    /// <inheritdoc/>
    public DeviceUsage Usage
    {
        get
        {
            lock (_state.Gate)
            {
                var room = _state.Active is { } active ? Math.Max(0, _state.SegmentBytes - active.EndBytes) : 0;
                var free = Math.Max(0, _state.FreeSegments - 2) * (_state.SegmentBytes - SegmentHeader.SizeBytes);
                return new DeviceUsage(
                    _state.LiveBytes,
                    _state.Segments.Count * _state.SegmentBytes,
                    Identity.CapacityBytes,
                    room + free,
                    _state.Fragments.Count,
                    _state.Blocks);
            }
        }
    }

    /// <summary>What the last opening had to do.</summary>
    public RecoveryReport Recovered { get; private set; }

    /// <summary>Makes an empty device. Nothing is there before it was made completely.</summary>
    /// <param name="layer">Files of the device; none yet.</param>
    /// <param name="identity">What it is to be; the capacity is at least four segments.</param>
    /// <param name="options">The length of a segment is fixed here.</param>
    /// <exception cref="DeviceFormatException">There is a device already.</exception>
    public static async ValueTask FormatAsync(IFileLayer layer, DeviceIdentity identity, LogDeviceOptions options)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(identity.CapacityBytes, 4 * options.SegmentBytes);
        using var deviceLock = layer.Lock();
        var names = await layer.ListAsync();
        if (names.Contains(DeviceHeader.FileName))
        {
            throw new DeviceFormatException("There is a device already.");
        }

        const string temporary = DeviceHeader.FileName + ".tmp";
        if (names.Contains(temporary))
        {
            await layer.DeleteAsync(temporary);
        }

        var page = new byte[DeviceHeader.SizeBytes];
        new DeviceHeader(identity, options.SegmentBytes).WriteTo(page);
        using (var file = await layer.CreateAsync(temporary, 0))
        {
            await file.WriteAsync(0, page);
            await file.SyncAsync();
        }

        await layer.RenameAsync(temporary, DeviceHeader.FileName);
        await layer.SyncDirectoryAsync();
    }

    /// <summary>Whether the files are a device.</summary>
    public static async ValueTask<bool> IsFormattedAsync(IFileLayer layer) =>
        (await layer.ListAsync()).Contains(DeviceHeader.FileName);

    /// <summary>Opens a device and recovers what was acknowledged. The device owns the layer from then on.</summary>
    /// <param name="layer">Files of the device.</param>
    /// <param name="options">How it works; not changed afterwards.</param>
    /// <exception cref="DeviceInUseException">Somebody else has it open.</exception>
    /// <exception cref="DeviceFormatException">It is not a device, or not one that this version reads.</exception>
    public static async ValueTask<LogDevice> OpenAsync(IFileLayer layer, LogDeviceOptions options)
    {
        options.Validate();
        var deviceLock = layer.Lock();
        LogState? state = null;
        try
        {
            var header = await ReadHeaderAsync(layer);
            state = new LogState(header.Identity, header.SegmentBytes);
            var health = new HealthLog();
            var recovery = new Recovery(layer, state, health, options.PlantedBug);
            var begin = options.Time.GetTimestamp();
            await recovery.RunAsync();
            var device = new LogDevice(layer, deviceLock, options, state, health)
            {
                Recovered = new RecoveryReport(
                    recovery.CheckpointNumber > 0, recovery.Records, recovery.ReadBytes, options.Time.GetElapsedTime(begin)),
            };
            await device._maintenance.StartAsync(recovery);
            return device;
        }
        catch
        {
            foreach (var segment in state?.Segments.Values ?? Enumerable.Empty<Segment>())
            {
                segment.File.Dispose();
            }

            deviceLock.Dispose();
            throw;
        }
    }

    /// <summary>Takes a checkpoint now.</summary>
    public ValueTask CheckpointAsync()
    {
        _health.ThrowIfUnusable();
        return _maintenance.CheckpointAsync();
    }

    /// <summary>Compacts every segment of which less than a part is live, and removes those of which nothing is.</summary>
    /// <param name="belowLive">0 to 1.</param>
    /// <param name="cancellationToken">Ends it between two records.</param>
    /// <returns>Number of segments that were removed.</returns>
    public ValueTask<int> CompactAsync(double belowLive, CancellationToken cancellationToken)
    {
        _health.ThrowIfUnusable();
        return _maintenance.CompactAsync(belowLive, long.MaxValue, cancellationToken);
    }

    /// <summary>Reads everything and reports what is damaged to <see cref="LogDeviceOptions.OnBadRecord"/>.</summary>
    /// <param name="bytesPerSecond">Most bytes to read in a second.</param>
    /// <param name="cancellationToken">Ends it between two records.</param>
    /// <returns>Number of damaged records.</returns>
    public ValueTask<long> ScrubAsync(long bytesPerSecond, CancellationToken cancellationToken)
    {
        _health.ThrowIfUnusable();
        return _maintenance.ScrubAsync(bytesPerSecond, cancellationToken);
    }

    /// <summary>Waits for what is under way, takes a checkpoint and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _maintenance.StopAsync();
        var wasHealthy = _health.IsHealthy;
        await _writer.WhenIdleAsync();
        if (wasHealthy)
        {
            await _maintenance.TryCheckpointAsync();
        }

        _health.Close();
        _writer.OnFailed();
        CloseFiles();
        _maintenance.Dispose();
        _lock.Dispose();
        await _layer.DisposeAsync();
    }

    private static async ValueTask<DeviceHeader> ReadHeaderAsync(IFileLayer layer)
    {
        if (!await IsFormattedAsync(layer))
        {
            throw new DeviceFormatException("There is no device here.");
        }

        using var file = await layer.OpenAsync(DeviceHeader.FileName);
        var page = new byte[DeviceHeader.SizeBytes];
        var count = await PatientReader.ReadAsync(file, 0, page);
        return DeviceHeader.Parse(page.AsSpan(0, Math.Max(0, count)));
    }

    private void CloseFiles()
    {
        List<Segment> idle = [];
        lock (_state.Gate)
        {
            foreach (var segment in _state.Segments.Values)
            {
                if (segment.Remove())
                {
                    idle.Add(segment);
                }
            }
        }

        foreach (var segment in idle)
        {
            segment.File.Dispose();
        }
    }
}
