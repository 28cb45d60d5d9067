using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Files.Simulated;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;

namespace OrleansStorage.Devices.Tests.Simulation;

/// <summary>What histories reached, over all of them.</summary>
internal sealed class HistoryFigures
{
    public int Crashes;
    public int CleanCloses;
    public int Torn;
    public int TornRecoveries;
    public int Reordered;
    public int LostNames;
    public int Checkpoints;
    public int FromCheckpoint;
    public int FullScans;
    public int RemovedSegments;
    public int CompactionsCut;
    public int Full;
    public int Rejected;
    public int Fenced;
    public int Deletes;
    public int ExtentDeletes;
    public int VerifiedReads;
    public int Uncertain;
    public int FailedSyncs;
    public int Repeated;
    public int Acknowledged;
}

/// <summary>
/// One seeded history: random calls, many at a time, on a device whose files lose, tear and reorder what was not synced; crashes and
/// reopenings; and after each of them a comparison of everything with the model. One call at a time on one name, so that the
/// model knows in which order they happened.
/// </summary>
#pragma warning disable CA1001 // Simulated files hold nothing that has to be given back.
internal sealed class DeviceHistory
#pragma warning restore CA1001
{
    private const int Extents = 3;
    private const int BlocksPerExtent = 24;

    private readonly Random _random;
    private readonly SimulatedTime _time = new();
    private FaultyFileLayer _layer;
    private readonly LogDeviceOptions _options;
    private readonly HistoryFigures _figures;
    private readonly DeviceModel _model = new();
    private readonly HashSet<object> _busy = [];
    private readonly Dictionary<ExtentId, ulong> _epochs = [];
    private readonly List<Task> _calls = [];
    private readonly string _name;
    private LogDevice _device = null!;
    private ulong _sequence;
    private ulong _blockSequence;
    private Exception? _failure;
    private int _life;
    private bool _isCompacting;

    public DeviceHistory(int seed, HistoryFigures figures, PlantedBug bug = PlantedBug.None)
    {
        _name = $"seed {seed}";
        _random = TestSeed.Create(seed);
        _figures = figures;
        _layer = new FaultyFileLayer(TestSeed.Create(seed + 1), _time);
        _layer.Faults.DelayMax = TimeSpan.FromMilliseconds(_random.Next(3) * 5);
        _layer.Faults.ReservesRoom = _random.Next(4) > 0;
        _layer.Faults.CapacityBytes = _random.Next(3) == 0 ? 10 << 16 : long.MaxValue;
        _options = new LogDeviceOptions
        {
            SegmentBytes = 64 << 10,
            CommitAlignmentBytes = _random.Next(2) == 0 ? 512 : 4096,
            CheckpointEveryBytes = _random.Next(2) == 0 ? 96 << 10 : 4 << 20,
            OverlapFromBytes = _random.Next(2) == 0 ? 1 : 512 << 10,
            RunMaintenance = _random.Next(2) == 0,
            MaintenanceInterval = TimeSpan.FromMilliseconds(50),
            ScrubInterval = TimeSpan.FromMilliseconds(400),
            CompactBytesPerSecond = 2 << 20,
            Time = _time,
            PlantedBug = bug,
        };
    }

    /// <exception cref="ModelFailureException">The device and the model disagree.</exception>
    public void Run(int steps)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var identity = new DeviceIdentity(new Guid(7, 7, 7, new byte[8]), DeviceTier.Ssd, 48 * _options.SegmentBytes);
        _time.Run(LogDevice.FormatAsync(_layer, identity, _options));
        Open();
        for (var step = 0; step < steps; step++)
        {
            Step();
            ThrowIfFailed();
        }

        Crash();
        _figures.Torn += _layer.Figures.TornWrites;
        _figures.Reordered += _layer.Figures.ReorderedWrites;
        _figures.LostNames += _layer.Figures.LostNames;
        _figures.Rejected += _layer.Figures.FullCalls;
        _figures.FailedSyncs += _layer.Figures.FailedSyncs;
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 30:
                Start(WriteFragmentAsync());
                break;
            case < 36:
                Start(WriteSomeFragmentsAsync());
                break;
            case < 52:
                Start(DeleteFragmentsAsync());
                break;
            case < 62:
                Start(ReadFragmentAsync());
                break;
            case < 76:
                Start(WriteBlocksAsync());
                break;
            case < 79:
                Start(FenceAsync());
                break;
            case < 81:
                Start(DeleteExtentAsync());
                break;
            case < 92:
                _time.Advance(TimeSpan.FromMilliseconds(_random.Next(40)));
                break;
            case < 94:
                Start(CompactAsync());
                break;
            case < 95:
                Start(CheckpointAsync());
                break;
            case < 97:
                Settle();
                CompareAll();
                break;
            case < 98:
                CloseAndReopen();
                break;
            case < 99:
                FailSync();
                break;
            default:
                Crash();
                break;
        }
    }

    private void Open()
    {
        _life++;
        _busy.Clear();
        _calls.Clear();
        _isCompacting = false;
        _device = _time.Run(LogDevice.OpenAsync(_layer, _options));
        _figures.FromCheckpoint += _device.Recovered.FromCheckpoint ? 1 : 0;
        _figures.FullScans += _device.Recovered.FromCheckpoint ? 0 : 1;
        _figures.TornRecoveries += _device.Health.TornBytes > 0 ? 1 : 0;
        if (_device.Health.LostRegions > 0)
        {
            throw new ModelFailureException($"{_name}: a loss is reported: {string.Join(' ', _device.Health.Notes)}");
        }

        CompareAll();
    }

    private void Crash()
    {
        _figures.Crashes++;
        _figures.CompactionsCut += _isCompacting ? 1 : 0;
        _life++;
        _layer = _layer.Crash();
        if (_random.Next(4) == 0)
        {
            // Without its checkpoints the log alone has to tell the truth.
            foreach (var (name, _) in _layer.Files.Where(f => f.Name.StartsWith("checkpoint-", StringComparison.Ordinal)))
            {
                _layer.LoseFile(name);
            }
        }

        Open();
    }

    private void CloseAndReopen()
    {
        _figures.CleanCloses++;
        Settle();
        _time.Run(_device.DisposeAsync());
        Open();
    }

    /// <summary>A sync fails: the device is out of service, and what it had acknowledged is there after a restart.</summary>
    private void FailSync()
    {
        if (_random.Next(3) > 0)
        {
            return;
        }

        _layer.FailNextSync();
        for (var i = 0; i < 3; i++)
        {
            Start(WriteFragmentAsync());
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        if (_device.State == DeviceState.Failed)
        {
            var refused = false;
            try
            {
                _time.Run(_device.ListFragmentsAsync(default, 1, default).AsTask());
            }
            catch (DeviceFailedException)
            {
                refused = true;
            }

            Check(refused, "a failed device answers");
        }

        Crash();
    }

    /// <summary>Waits for every call; in a device that failed they all have ended.</summary>
    private void Settle()
    {
        foreach (var call in _calls)
        {
            _time.Run(call);
        }

        _calls.Clear();
        ThrowIfFailed();
    }

    private void Start(Task call)
    {
        _calls.RemoveAll(c => c.IsCompleted);
        _calls.Add(call);
    }

    private async Task WriteFragmentAsync()
    {
        var id = NewId();
        var payload = Bytes(PayloadLength());
        await ChangeAsync([id], [payload], () => _device.WriteFragmentAsync(id, payload, default));
        if (_random.Next(10) == 0 && _model.Fragments.TryGetValue(id, out var known) && known.IsCertain)
        {
            await RepeatAsync(id);
        }
    }

    /// <summary>The same bytes again change nothing; other bytes are refused.</summary>
    private async Task RepeatAsync(FragmentId id)
    {
        if (_model.Fragment(id).Acknowledged is not { } payload || !_busy.Add(id))
        {
            return;
        }

        var life = _life;
        try
        {
            await _device.WriteFragmentAsync(id, payload, default);
            var other = (byte[])payload.Clone();
            other[0] ^= 1;
            await _device.WriteFragmentAsync(id, other, default);
            Check(false, $"fragment {id} was overwritten");
        }
        catch (FragmentExistsException)
        {
            _figures.Repeated++;
        }
        catch (DeviceException)
        {
            // Full, or out of service.
        }

        if (life == _life)
        {
            _busy.Remove(id);
        }
    }

    private async Task WriteSomeFragmentsAsync()
    {
        var writes = Enumerable.Range(0, 2 + _random.Next(4)).Select(_ => new FragmentWrite(NewId(), Bytes(PayloadLength()))).ToList();
        await ChangeAsync(
            [.. writes.Select(w => w.Id)],
            [.. writes.Select(w => w.Payload.ToArray())],
            () => _device.WriteFragmentsAsync(writes, default));
    }

    private async Task DeleteFragmentsAsync()
    {
        var ids = _model.Fragments
            .Where(f => f.Value.Acknowledged is not null && !_busy.Contains(f.Key))
            .Select(f => f.Key)
            .OrderBy(_ => _random.Next())
            .Take(1 + _random.Next(6))
            .ToList();
        _figures.Deletes += ids.Count;
        await ChangeAsync(ids, [.. ids.Select(_ => (byte[]?)null)], () => _device.DeleteFragmentsAsync(ids, default));

        // A repair writes a fragment again that was deleted.
        if (ids.Count > 0 && _random.Next(4) == 0 && _model.Fragment(ids[0]) is { IsCertain: true, Acknowledged: null } && !_busy.Contains(ids[0]))
        {
            var payload = Bytes(PayloadLength());
            await ChangeAsync([ids[0]], [payload], () => _device.WriteFragmentAsync(ids[0], payload, default));
        }
    }

    private async Task ChangeAsync(List<FragmentId> ids, List<byte[]?> values, Func<ValueTask> call)
    {
        var life = _life;
        for (var i = 0; i < ids.Count; i++)
        {
            _busy.Add(ids[i]);
            _model.Fragment(ids[i]).Begin(values[i]);
        }

        var isDone = await TryAsync(call);
        if (life != _life)
        {
            return;
        }

        for (var i = 0; i < ids.Count; i++)
        {
            if (isDone)
            {
                _model.Fragment(ids[i]).Settle(values[i]);
                _busy.Remove(ids[i]);
            }
            else if (_device.State == DeviceState.Healthy)
            {
                await AdoptAsync(ids[i]);
                _busy.Remove(ids[i]);
            }
        }
    }

    /// <summary>A call failed on a device that goes on: what the device says now is what it has.</summary>
    private async Task AdoptAsync(FragmentId id)
    {
        var life = _life;
        var found = await _device.FindFragmentAsync(id, default);
        if (life == _life)
        {
            var possible = _model.Fragment(id);
            var value = possible.All.FirstOrDefault(v => v?.Length == found);
            Check(value?.Length == found, $"fragment {id} has length {found} after a failed call");
            possible.Settle(value);
        }
    }

    private async Task ReadFragmentAsync()
    {
        var known = _model.Fragments.Where(f => f.Value.IsCertain && !_busy.Contains(f.Key)).ToList();
        if (known.Count == 0)
        {
            return;
        }

        var (id, value) = known[_random.Next(known.Count)];
        var expected = value.Acknowledged;
        var life = _life;
        _busy.Add(id);
        var from = expected is null ? 0 : _random.Next(expected.Length);
        var part = new byte[expected is null ? 1 : _random.Next(expected.Length - from) + 1];
        try
        {
            await _device.ReadFragmentAsync(id, from, part, default);
            Check(expected.AsSpan(from, part.Length).SequenceEqual(part), $"fragment {id} reads other bytes");
            _figures.VerifiedReads++;
        }
        catch (FragmentNotFoundException)
        {
            Check(expected is null, $"fragment {id} is gone");
        }
        catch (DeviceFailedException)
        {
            Check(_device.State == DeviceState.Failed, "a healthy device says that it failed");
        }
        catch (DeviceException e)
        {
            Fail($"fragment {id} cannot be read", e);
        }

        if (life == _life)
        {
            _busy.Remove(id);
        }
    }

    private async Task WriteBlocksAsync()
    {
        var extent = AnyExtent();
        if (!_busy.Add(extent))
        {
            return;
        }

        var life = _life;
        var epoch = _epochs.GetValueOrDefault(extent, 1UL);
        var isStale = _model.Fence(extent) is { IsCertain: true, Acknowledged: { } fence } && fence.Epoch == epoch && _random.Next(8) == 0;
        var writes = Enumerable.Range(0, 1 + _random.Next(5))
            .Select(_ => (uint)_random.Next(BlocksPerExtent))
            .Distinct()
            .Select(block => new BlockWrite(block, new BlockVersion(isStale ? epoch - 1 : epoch, ++_blockSequence), Bytes(4096)))
            .ToList();
        if (!isStale)
        {
            foreach (var write in writes)
            {
                _model.Block(extent, write.Number).Begin(new ModelBlock(write.Version, write.Payload.ToArray()));
            }
        }

        var isDone = await TryAsync(() => _device.WriteBlocksAsync(extent, writes, default), isStale);
        if (life != _life)
        {
            return;
        }

        if (isStale)
        {
            _busy.Remove(extent);
            return;
        }

        if (isDone)
        {
            foreach (var write in writes)
            {
                _model.Block(extent, write.Number).Settle(new ModelBlock(write.Version, write.Payload.ToArray()));
            }
        }
        else if (_device.State == DeviceState.Healthy)
        {
            await AdoptAsync(extent);
        }

        _busy.Remove(extent);
    }

    private async Task FenceAsync()
    {
        var extent = AnyExtent();
        if (!_busy.Add(extent))
        {
            return;
        }

        var life = _life;
        var epoch = _epochs.GetValueOrDefault(extent, 1UL) + 1;
        _model.Fence(extent).Begin(new FenceValue(epoch));
        _epochs[extent] = epoch;
        var isDone = await TryAsync(async () =>
        {
            var fence = await _device.FenceExtentAsync(extent, epoch, default);
            Check(fence == epoch || life != _life, $"extent {extent} has fence {fence} and not {epoch}");
        });
        if (life != _life)
        {
            return;
        }

        if (isDone)
        {
            _model.Fence(extent).Settle(new FenceValue(epoch));
        }
        else if (_device.State == DeviceState.Healthy)
        {
            await AdoptAsync(extent);
        }

        _busy.Remove(extent);
    }

    private async Task DeleteExtentAsync()
    {
        var extent = AnyExtent();
        if (!_busy.Add(extent))
        {
            return;
        }

        var life = _life;
        _figures.ExtentDeletes++;
        var blocks = Enumerable.Range(0, BlocksPerExtent).Select(b => _model.Block(extent, (uint)b)).ToList();
        blocks.ForEach(b => b.Begin(null));
        _model.Fence(extent).Begin(null);
        var isDone = await TryAsync(() => _device.DeleteExtentAsync(extent, default));
        if (life != _life)
        {
            return;
        }

        if (isDone)
        {
            blocks.ForEach(b => b.Settle(null));
            _model.Fence(extent).Settle(null);
        }
        else if (_device.State == DeviceState.Healthy)
        {
            await AdoptAsync(extent);
        }

        _busy.Remove(extent);
    }

    /// <summary>Takes over what the device has of an extent, if it is among what it may have.</summary>
    private async Task AdoptAsync(ExtentId extent)
    {
        var life = _life;
        var payload = new byte[BlocksPerExtent * 4096];
        var versions = new BlockVersion[BlocksPerExtent];
        IReadOnlyList<ExtentEntry> entries;
        try
        {
            await _device.ReadBlocksAsync(extent, 0, payload, versions, default);
            entries = await _device.ListExtentsAsync(default, 100, default);
        }
        catch (DeviceException e)
        {
            Check(_device.State == DeviceState.Failed, $"extent {extent} cannot be read: {e}");
            return;
        }

        if (life != _life)
        {
            return;
        }

        for (var block = 0u; block < BlocksPerExtent; block++)
        {
            var possible = _model.Block(extent, block);
            var version = versions[block];
            var value = possible.All.FirstOrDefault(v => (v?.Version ?? BlockVersion.None) == version);
            Check(
                (value?.Version ?? BlockVersion.None) == version,
                $"block {block} of {extent} has version {version} and not one of {string.Join(", ", possible.All.Select(v => v?.Version))}");
            Check(
                (value?.Payload ?? new byte[4096]).AsSpan().SequenceEqual(payload.AsSpan((int)block * 4096, 4096)),
                $"block {block} of {extent} reads other bytes");
            _figures.VerifiedReads++;
            possible.Settle(value);
        }

        var fence = entries.FirstOrDefault(e => e.Id == extent).Fence;
        var possibleFence = _model.Fence(extent);
        Check(
            possibleFence.All.Any(v => (v?.Epoch ?? 0) == fence),
            $"extent {extent} has fence {fence} and not one of {string.Join(", ", possibleFence.All.Select(v => v?.Epoch))}");
        possibleFence.Settle(fence == 0 ? null : new FenceValue(fence));
    }

    private async Task CompactAsync()
    {
        if (_isCompacting)
        {
            return;
        }

        var life = _life;
        _isCompacting = true;
        try
        {
            _figures.RemovedSegments += await _device.CompactAsync(_random.Next(2) == 0 ? 0.5 : 0.95, default);
        }
        catch (DeviceException e) when (_device.State == DeviceState.Failed || e is DeviceFullException)
        {
            // It goes on after a restart.
        }
        catch (Exception e)
        {
            Fail("compaction failed", e);
        }

        _isCompacting &= life != _life;
    }

    private async Task CheckpointAsync()
    {
        try
        {
            await _device.CheckpointAsync();
            _figures.Checkpoints++;
        }
        catch (IOException)
        {
            // The medium is full, or failed.
        }
    }

    /// <summary>Runs a call that changes something; whether it was acknowledged.</summary>
    private async Task<bool> TryAsync(Func<ValueTask> call, bool isStale = false)
    {
        var life = _life;
        try
        {
            await call();
            Check(!isStale || life != _life, "a stale owner wrote");
            _figures.Acknowledged++;
            return true;
        }
        catch (FencedException)
        {
            _figures.Fenced++;
            Check(isStale || life != _life, "the owner was fenced");
        }
        catch (DeviceFullException)
        {
            _figures.Full++;
        }
        catch (DeviceFailedException)
        {
            Check(_device.State == DeviceState.Failed || life != _life, "a healthy device says that it failed");
        }
        catch (Exception e) when (e is not ModelFailureException)
        {
            Fail("a call failed as none should", e);
        }

        return false;
    }

    /// <summary>Compares everything that no call is under way for.</summary>
    private void CompareAll()
    {
        if (_device.State != DeviceState.Healthy)
        {
            return;
        }

        var listed = new Dictionary<FragmentId, int>();
        for (FragmentId after = default; ;)
        {
            var page = _time.Run(_device.ListFragmentsAsync(after, 7, default));
            if (page.Count == 0)
            {
                break;
            }

            Check(page.Zip(page.Skip(1)).All(p => p.First.Id < p.Second.Id) && page[0].Id > after, "the list is not in order");
            page.ToList().ForEach(e => listed.Add(e.Id, e.SizeBytes));
            after = page[^1].Id;
        }

        foreach (var (id, possible) in _model.Fragments.Where(f => !_busy.Contains(f.Key)).ToList())
        {
            Compare(id, possible, listed);
        }

        Check(listed.Keys.All(id => _model.Fragments.ContainsKey(id)), "the device has fragments that nobody wrote");
        for (var i = 1u; i <= Extents; i++)
        {
            if (!_busy.Contains(new ExtentId(0, i)))
            {
                _time.Run(AdoptAsync(new ExtentId(0, i)));
            }
        }

        ThrowIfFailed();
    }

    private void Compare(FragmentId id, Possible<byte[]> possible, Dictionary<FragmentId, int> listed)
    {
        _figures.Uncertain += possible.IsCertain ? 0 : 1;
        byte[]? found = null;
        if (listed.TryGetValue(id, out var length))
        {
            found = new byte[length];
            try
            {
                _time.Run(_device.ReadFragmentAsync(id, 0, found, default));
            }
            catch (DeviceException e)
            {
                throw new ModelFailureException($"{_name}: fragment {id} cannot be read: {e.Message}", e);
            }

            _figures.VerifiedReads++;
        }

        Check(
            possible.All.Any(v => v is null ? found is null : found is not null && v.AsSpan().SequenceEqual(found)),
            $"fragment {id} is {found?.Length.ToString() ?? "absent"} and not one of {string.Join(", ", possible.All.Select(v => v?.Length.ToString() ?? "absent"))}");
        ThrowIfFailed();
        possible.Settle(found);
    }

    private void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            Fail(otherwise, null);
        }
    }

    // Calls run on their own: what they find is thrown by the step that follows.
    private void Fail(string finding, Exception? cause) =>
        _failure ??= new ModelFailureException($"{_name}: {finding}. {cause}", cause);

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    private FragmentId NewId() => new(new BlobId(1 + (uint)_random.Next(3), 1, ++_sequence), (byte)_random.Next(3));

    private static byte[] Fill(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Bytes(int length) => Fill(_random, length);

    private int PayloadLength() => _random.Next(10) switch
    {
        < 5 => 1 + _random.Next(3_000),
        < 9 => 4_000 + _random.Next(200),
        _ => 1 + _random.Next(32 << 10),
    };

    private ExtentId AnyExtent() => new(0, 1 + (ulong)_random.Next(Extents));
}
