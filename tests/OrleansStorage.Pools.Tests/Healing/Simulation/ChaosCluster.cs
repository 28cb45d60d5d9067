using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using OrleansStorage.Pools.Healing;
using Xunit;

namespace OrleansStorage.Pools.Tests.Healing.Simulation;

/// <summary>
/// Nine silos of four devices, a pool over them and its healer, with users and faults. Everything happens on one thread, in an order that
/// follows from the seed.
/// </summary>
#pragma warning disable CA1001 // It is closed when the history ended well, and otherwise left as it is.
internal sealed class ChaosCluster
#pragma warning restore CA1001
{
    private const int Silos = 9;
    private const int DevicesPerSilo = 4;
    private const int Groups = 24;
    private const long CapacityBytes = 600_000;

    private readonly string _name;
    private readonly Random _random;
    private readonly ChaosFigures _figures;
    private readonly SimulatedTime _time = new();
    private readonly SortedDictionary<Guid, ChaosDevice> _devices = [];
    private readonly Dictionary<Guid, int> _siloOf = [];
    private readonly HashSet<Guid> _dead = [];
    private readonly HashSet<Guid> _watched = [];
    private readonly HashSet<int> _leftSilos = [];
    private readonly Dictionary<BlobId, byte[]> _blobs = [];
    private readonly HashSet<BlobId> _busy = [];
    private readonly PoolMembers _members = new();
    private readonly MemoryGroupRegistry _registry;
    private readonly GroupMap _groups;
    private readonly IBlobProtection _protection;
    private readonly LocalPool _pool;
    private readonly List<Task> _calls = [];
    private PoolHealer _healer;
    private CancellationTokenSource _stop = new();
    private Task<HealRound>? _round;
    private TimeSpan _roundAt;
    private TimeSpan _probeAt;
    private TimeSpan _now;
    private int _deviceCount;

    public ChaosCluster(int seed, PoolProtection protection, ChaosFigures figures)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _name = $"{protection} seed {seed}";
        _random = TestSeed.Create(seed);
        _figures = figures;
        for (var silo = 0; silo < Silos; silo++)
        {
            for (var i = 0; i < DevicesPerSilo; i++)
            {
                AddDevice(silo);
            }
        }

        var layout = PoolLayout.Create([.. _devices.Keys.Select(Describe)], protection.Slots, 1);
        var step = layout.Groups.Count / Groups;
        var groups = layout.Groups.Where((_, i) => i % step == 0).ToList();
        _registry = new MemoryGroupRegistry(groups);
        _groups = new GroupMap(groups, _members, reserve: 0.05);
        _protection = protection.CreateProtection(_members, new ProtectionOptions { Time = _time });
        _pool = new LocalPool(_groups, _members, _protection, new LocalPoolOptions
        {
            Writer = 1,
            SweeperGrace = TimeSpan.FromSeconds(20),
            Time = _time,
            RunContinuationsInline = true,
        });
        _healer = CreateHealer();
        foreach (var device in _devices.Keys)
        {
            Join(device, MemberState.Online);
        }
    }

    public IReadOnlyDictionary<BlobId, byte[]> Blobs => _blobs;

    /// <summary>Users and faults for a while, faults only as far as no group lacks more than it may.</summary>
    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Step();
            Pass(TimeSpan.FromMilliseconds(_random.Next(400)));
        }
    }

    /// <summary>Users, and devices that join and are drained, but no faults: then nothing may ever be less than fully protected.</summary>
    public void RunCalm(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            switch (_random.Next(20))
            {
                case < 14:
                    Start(WriteAsync());
                    break;
                case < 17:
                    Start(DeleteAsync());
                    break;
                case < 18:
                    DrainOne();
                    break;
                default:
                    JoinNew();
                    break;
            }

            var span = _random.Next(200);
            for (var i = 0; i < span; i++)
            {
                Pass(TimeSpan.FromMilliseconds(1));
                VerifyInPlace();
            }
        }
    }

    /// <summary>Everything that can comes back, and there is time; then everything is as it should be.</summary>
    public void Settle()
    {
        foreach (var device in _devices.Values)
        {
            device.BallastBytes = 0;
            device.FailsNextSync = false;
        }

        _leftSilos.Clear();
        foreach (var (id, device) in _devices)
        {
            if (!_dead.Contains(id))
            {
                Revive(device);
            }
        }

        for (var i = 0; i < 6; i++)
        {
            Pass(TimeSpan.FromSeconds(25));
            Readmit();
            Scrub();
            Sweep();
        }

        Pass(TimeSpan.FromSeconds(20));
    }

    /// <summary>Every blob is whole, every fragment is where it belongs, and no other is anywhere.</summary>
    public void VerifyFullyProtected()
    {
        var status = _healer.Status;
        Check(status.RedundancyLeft == _protection.LossesMax && status.BlobsDegraded == 0 && status.BlobsUnrepairable == 0, () =>
            $"not settled: {status}; {string.Join("; ", status.Unplaced)}; {Strays()}");
        var expected = new HashSet<(Guid, FragmentId)>();
        foreach (var blob in _blobs.Keys)
        {
            var group = _groups.Find(blob.Group)!;
            Check(group.TakesWrites, () => $"group {group.Id} is closed");
            for (var slot = 0; slot < _protection.Slots; slot++)
            {
                var id = new FragmentId(blob, (byte)slot);
                if (_protection.Holds(blob, slot))
                {
                    expected.Add((group.Devices[slot], id));
                    Check(_devices[group.Devices[slot]].IsIntact(id), () => $"{id} is not intact in its place");
                }
            }
        }

        foreach (var (id, device) in _devices.Where(d => !_dead.Contains(d.Key)))
        {
            foreach (var fragment in device.Stored.Keys)
            {
                Check(expected.Contains((id, fragment)), () =>
                    $"{fragment} lies on {id} and should not; named: {_blobs.ContainsKey(fragment.Blob)}, "
                    + $"{_healer.Status.Devices.FirstOrDefault(d => d.Id == id)}; {Where(fragment.Blob)}");
            }
        }

        foreach (var blob in _blobs.Keys)
        {
            _time.Run(VerifyReadAsync(blob));
        }
    }

    /// <summary>More devices of a group than it may lose are lost at once, and fragments of other blobs are damaged.</summary>
    /// <returns>The blobs that cannot be read any more.</returns>
    public IReadOnlySet<BlobId> Exceed()
    {
        while (_blobs.Count < 20)
        {
            Start(WriteAsync());
            Pass(TimeSpan.FromMilliseconds(300));
        }

        // A fragment that is being moved is in two places.
        Settle();
        var victim = _blobs.Keys.Order().ElementAt(_random.Next(_blobs.Count));
        var group = _groups.Find(victim.Group)!;
        foreach (var device in group.Devices.OrderBy(_ => _random.Next()).Take(_protection.LossesMax + 1))
        {
            _devices[device].Kill();
            _dead.Add(device);
        }

        var damaged = _blobs.Keys.Order().ElementAt(_random.Next(_blobs.Count));
        for (var slot = 0; slot < _protection.Slots; slot++)
        {
            FlipIfThere(new FragmentId(damaged, (byte)slot), _groups.Find(damaged.Group)!.Devices[slot]);
        }

        return _blobs.Keys.Where(blob => Survivors(blob) < _protection.FragmentsNeeded(blob)).ToHashSet();
    }

    /// <summary>Exactly the blobs that are lost are named as lost, as far as anything is left of them, and cannot be read.</summary>
    public void VerifyExactlyLost(IReadOnlySet<BlobId> lost)
    {
        var reported = _healer.Status.Unrepairable.ToHashSet();
        foreach (var blob in _blobs.Keys)
        {
            if (!lost.Contains(blob))
            {
                Check(!reported.Contains(blob), () => $"{blob} is reported lost and is not: {Where(blob)}");
                _time.Run(VerifyReadAsync(blob));
                continue;
            }

            var hasTraces = _devices.Any(d => !_dead.Contains(d.Key) && d.Value.Stored.Keys.Any(f => f.Blob == blob));
            Check(reported.Contains(blob) == hasTraces, () => $"{blob} is lost, and {(hasTraces ? "not " : string.Empty)}reported");
            _figures.Lost++;
            _figures.ReportedLost += hasTraces ? 1 : 0;
            Check(IsUnreadable(blob), () => $"{blob} is lost and can be read");
        }

        Check(reported.IsSubsetOf(_blobs.Keys), () => "something is reported lost that nobody names");
    }

    /// <summary>Ends everything, and counts.</summary>
    public void Close()
    {
        StopHealer();
        Wait(_calls);
        _time.Run(_pool.DisposeAsync());
        foreach (var device in _devices.Values)
        {
            _figures.LateCalls += device.LateCalls;
            _figures.FullCalls += device.FullCalls;
            _figures.CorruptReads += device.CorruptReads;
        }

        _figures.SlotsMoved += _groups.Groups.Sum(group => (int)group.Epoch - 1);
    }

    private void VerifyInPlace()
    {
        foreach (var (blob, _) in _blobs)
        {
            var group = _groups.Find(blob.Group)!;
            for (var slot = 0; slot < _protection.Slots; slot++)
            {
                var isThere = !_protection.Holds(blob, slot)
                    || _devices[group.Devices[slot]].IsIntact(new FragmentId(blob, (byte)slot));
                Check(isThere, () => $"{blob}.{slot} is not in its place: {Where(blob)}");
            }
        }
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 34:
                Start(WriteAsync());
                break;
            case < 56:
                Start(ReadAsync());
                break;
            case < 64:
                Start(DeleteAsync());
                break;
            case < 70:
                KillSilo();
                break;
            case < 78:
                ReviveSilo();
                break;
            case < 82:
                PauseDevice();
                break;
            case < 85:
                LoseDevice();
                break;
            case < 87:
                FailSync();
                break;
            case < 91:
                Damage();
                break;
            case < 93:
                Fill();
                break;
            case < 95:
                JoinNew();
                break;
            case < 96:
                DrainOne();
                break;
            case < 97:
                Readmit();
                break;
            case < 98:
                Scrub();
                break;
            case < 99:
                Pass(TimeSpan.FromSeconds(_random.Next(40)));
                break;
            default:
                RestartHealer();
                break;
        }
    }

    /// <summary>Lets time pass second by second: devices are asked, and the healer runs when it has something to do.</summary>
    private void Pass(TimeSpan span)
    {
        var until = _now + span;
        while (_now < until)
        {
            var step = TimeSpan.FromMilliseconds(Math.Min(200, (until - _now).TotalMilliseconds));
            _time.Advance(step);
            _now += step;
            if (_now >= _probeAt)
            {
                _probeAt = _now + TimeSpan.FromSeconds(1);
                Probe();
            }

            RunHealer();
            ThrowIfFailed();
        }
    }

    private void Probe()
    {
        foreach (var (id, device) in _devices)
        {
            if (!_watched.Contains(id))
            {
                continue;
            }

            var observation = device.Reach != Reach.Up
                ? _leftSilos.Contains(_siloOf[id]) ? MemberObservation.ProcessLeft : MemberObservation.NoAnswer
                : device.State == DeviceState.Failed ? MemberObservation.MediumFailed
                : MemberObservation.Answered(TimeSpan.FromMilliseconds(1) + device.Slowness);
            if (_healer.Observe(id, observation) is { } transition)
            {
                _figures.ReturnsAfterLoss += transition.Reason == MemberReason.ReturnedAfterLoss ? 1 : 0;
                _figures.ReturnsInTime += transition.Reason == MemberReason.AnswersAgain ? 1 : 0;
                _roundAt = _now;
            }
        }
    }

    private void RunHealer()
    {
        if (_round is { IsCompleted: true } round)
        {
            _round = null;
#pragma warning disable VSTHRD002, xUnit1031 // It has completed.
            var result = round.Result;
#pragma warning restore VSTHRD002, xUnit1031
            _roundAt = Min(_roundAt > _now ? TimeSpan.MaxValue : _roundAt, _now + Max(result.NextIn, TimeSpan.FromMilliseconds(100)));
            foreach (var device in result.Left)
            {
                _figures.DrainsDone++;
                Check(!_groups.Groups.Any(g => g.Devices.Contains(device)), () => $"{device} left and has slots");
                Check(_devices[device].Stored.Keys.All(f => !_blobs.ContainsKey(f.Blob)), () => $"{device} left and has fragments");
                _watched.Remove(device);
                _dead.Add(device);
            }
        }

        if (_round is null && _now >= _roundAt)
        {
            _roundAt = TimeSpan.MaxValue;
            _round = _healer.RunAsync(_stop.Token).AsTask();
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private PoolHealer CreateHealer() => new(
        _groups,
        _members,
        _protection,
        new SlowRegistry(_registry, _time, _random),
        _pool.IsInFlight,
        new HealBudget(new HealBudgetOptions { BytesPerSecond = 400_000, BytesPerSecondMin = 1, BurstBytes = 50_000 }, _time, null),
        new PoolHealerOptions
        {
            Watch = new MemberWatchOptions
            {
                GracePeriod = TimeSpan.FromSeconds(20),
                FlapWindow = TimeSpan.FromSeconds(20),
                FlapDelayMax = TimeSpan.FromSeconds(4),
            },
            Group = new GroupHealerOptions { CallTimeout = TimeSpan.FromSeconds(3), PageSize = 1, BlobsPerPassMax = 7 },
            RetryAfter = TimeSpan.FromSeconds(1),
            VerifyInterval = TimeSpan.FromSeconds(70),
            LostVerifyInterval = TimeSpan.FromSeconds(5),
            Time = _time,
        });

    private PoolDevice Describe(Guid id) => new(id, $"silo {_siloOf[id]}", CapacityBytes);

    private Guid AddDevice(int silo)
    {
        var id = new Guid(++_deviceCount, 1, 1, new byte[8]);
        _siloOf[id] = silo;
        _devices[id] = new ChaosDevice(id, CapacityBytes, _time, _random);
        return id;
    }

    private void Join(Guid id, MemberState state)
    {
        _healer.Join(Describe(id), _devices[id], state);
        _watched.Add(id);
    }

    /// <summary>The grain that hosts the healer is activated elsewhere: it knows what was stored, and nothing else.</summary>
    private void RestartHealer()
    {
        _figures.HealerRestarts++;
        StopHealer();
        _healer = CreateHealer();
        foreach (var id in _watched)
        {
            _healer.Join(Describe(id), _devices[id], _members.StateOf(id));
        }

        _roundAt = _now;
    }

    private void StopHealer()
    {
#pragma warning disable VSTHRD103, CA1849 // On this thread.
        _stop.Cancel();
#pragma warning restore VSTHRD103, CA1849
        if (_round is { } round)
        {
            Wait([Ended(round)]);
        }

        _round = null;
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _figures.Rebuilt += (int)_healer.Figures.FragmentsRebuilt;
        _figures.Dropped += (int)_healer.Figures.FragmentsDropped;
    }

    private static async Task Ended(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Start(Task call)
    {
        if (!call.IsCompletedSuccessfully)
        {
            _calls.Add(call);
        }
    }

    private void Wait(IEnumerable<Task> calls) => _time.Run(Task.WhenAll([.. calls]));

    private void ThrowIfFailed()
    {
        foreach (var call in _calls.Where(call => call.IsCompleted).ToList())
        {
            _calls.Remove(call);
            _time.Run(call);
        }
    }

    private async Task WriteAsync()
    {
        var payload = new byte[_random.Next(6) == 0 ? 16_384 + _random.Next(20_000) : 1 + _random.Next(3_000)];
        _random.NextBytes(payload);
        await using var session = _pool.BeginWrite();
        BlobId blob;
        try
        {
            blob = await session.WriteAsync(payload, CancellationToken.None);
        }
        catch (DeviceException)
        {
            _figures.WritesRefused++;
            return;
        }

        // From here on the user may name it: it counts for what faults may do.
        var fate = _random.Next(12);
        if (fate > 1)
        {
            _blobs[blob] = payload;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(3_000)), _time);
        switch (fate)
        {
            case 0:
                _figures.Abandoned++;
                return;
            case 1:
                _figures.LeftToSweeper++;
                session.LeaveToSweeper();
                return;
            default:
                _figures.Acknowledged++;
                session.Keep();
                return;
        }
    }

    private async Task ReadAsync()
    {
        if (Pick() is { } blob)
        {
            await VerifyReadAsync(blob);
        }
    }

    private async Task VerifyReadAsync(BlobId blob)
    {
        var expected = _blobs[blob];
        var offset = _random.Next(expected.Length);
        var bytes = new byte[1 + _random.Next(expected.Length - offset)];
        _figures.Reads++;
        _figures.DegradedReads += Lacking(_groups.Find(blob.Group)!).Count > 0 ? 1 : 0;
        _busy.Add(blob);
        try
        {
            await _pool.ReadAsync(blob, offset, bytes, CancellationToken.None);
        }
        catch (DeviceException e)
        {
            throw new InvalidOperationException($"{_name} at {_now}: {blob} cannot be read: {e.Message} {Where(blob)}", e);
        }
        finally
        {
            _busy.Remove(blob);
        }

        Check(bytes.AsSpan().SequenceEqual(expected.AsSpan(offset, bytes.Length)), () => $"{blob} reads differently");
    }

    private bool IsUnreadable(BlobId blob)
    {
        try
        {
            // A part of a striped blob may be whole while all of it is not.
            _time.Run(_pool.ReadAsync(blob, 0, new byte[_blobs[blob].Length], CancellationToken.None));
            return false;
        }
        catch (DeviceException e)
        {
            return e is BlobLostException or BlobNotFoundException;
        }
    }

    private async Task DeleteAsync()
    {
        if (Pick() is not { } blob || _busy.Contains(blob) || _pool.IsInFlight(blob))
        {
            return;
        }

        _blobs.Remove(blob);
        _figures.Deleted++;
        try
        {
            await _pool.DeleteAsync([blob], CancellationToken.None);
        }
        catch (DeviceException)
        {
            // The sweeper finds it.
        }
    }

    private BlobId? Pick() => _blobs.Count == 0 ? null : _blobs.Keys.Order().ElementAt(_random.Next(_blobs.Count));

    /// <summary>Slots of a group without which it has to do.</summary>
    private HashSet<int> Lacking(StripeGroup group)
    {
        var lacking = Enumerable.Range(0, group.Devices.Count)
            .Where(slot => !_devices[group.Devices[slot]].IsUp || _members.Find(group.Devices[slot]) is null)
            .ToHashSet();
        foreach (var blob in _blobs.Keys.Where(b => b.Group == group.Id))
        {
            for (var slot = 0; slot < group.Devices.Count; slot++)
            {
                if (_protection.Holds(blob, slot)
                    && !_devices[group.Devices[slot]].IsIntact(new FragmentId(blob, (byte)slot)))
                {
                    lacking.Add(slot);
                }
            }
        }

        return lacking;
    }

    private bool MayFail(HashSet<Guid> devices) => _groups.Groups.All(group =>
    {
        var hit = Enumerable.Range(0, group.Devices.Count).Where(slot => devices.Contains(group.Devices[slot])).ToList();
        if (hit.Count == 0)
        {
            return true;
        }

        var lacking = Lacking(group);
        lacking.UnionWith(hit);
        _figures.FullyLacking += lacking.Count == _protection.LossesMax ? 1 : 0;
        return lacking.Count <= _protection.LossesMax;
    });

    private int Survivors(BlobId blob) => Enumerable.Range(0, _protection.Slots).Count(slot =>
        _protection.Holds(blob, slot)
        && _devices.Any(d => !_dead.Contains(d.Key) && d.Value.IsIntact(new FragmentId(blob, (byte)slot))));

    private List<ChaosDevice> OfSilo(int silo) =>
        [.. _devices.Where(d => _siloOf[d.Key] == silo && !_dead.Contains(d.Key)).Select(d => d.Value)];

    private ChaosDevice? PickDevice()
    {
        var devices = _devices.Where(d => _watched.Contains(d.Key) && !_dead.Contains(d.Key) && d.Value.IsUp).ToList();
        return devices.Count == 0 ? null : devices[_random.Next(devices.Count)].Value;
    }

    private void KillSilo()
    {
        var silo = _random.Next(Silos);
        var devices = OfSilo(silo);
        if (!MayFail(devices.Select(d => d.Identity.Id).ToHashSet()))
        {
            return;
        }

        _figures.Kills++;
        devices.ForEach(device => device.Kill());
        if (_random.Next(2) == 0)
        {
            _leftSilos.Add(silo);
        }
    }

    private void ReviveSilo()
    {
        var silo = _random.Next(Silos);
        _leftSilos.Remove(silo);
        OfSilo(silo).ForEach(Revive);
    }

    private void Revive(ChaosDevice device)
    {
        if (device.Reach == Reach.Paused)
        {
            device.Resume();
        }
        else if (device.Reach == Reach.Down || device.State == DeviceState.Failed)
        {
            device.Restart();
        }
    }

    private void PauseDevice()
    {
        if (PickDevice() is { } device && MayFail([device.Identity.Id]))
        {
            _figures.Pauses++;
            device.Pause();
        }
    }

    /// <summary>A device goes and never comes back.</summary>
    private void LoseDevice()
    {
        if (_dead.Count < 12 && PickDevice() is { } device && MayFail([device.Identity.Id]))
        {
            _figures.DevicesLost++;
            device.Kill();
            _dead.Add(device.Identity.Id);
        }
    }

    private void FailSync()
    {
        if (PickDevice() is { } device && MayFail([device.Identity.Id]))
        {
            _figures.FailedSyncs++;
            device.FailsNextSync = true;
            Start(WriteToAsync(device));
        }
    }

    /// <summary>Lets a failing sync fail at once, before more may fail than the model knows.</summary>
    private static async Task WriteToAsync(ChaosDevice device)
    {
        try
        {
            await device.WriteFragmentAsync(new FragmentId(new BlobId(uint.MaxValue, 1, 1), 0), new byte[1], CancellationToken.None);
        }
        catch (DeviceException)
        {
        }
    }

    private void Damage()
    {
        if (Pick() is not { } blob || _pool.IsInFlight(blob))
        {
            return;
        }

        var slot = _random.Next(_protection.Slots);
        var device = _groups.Find(blob.Group)!.Devices[slot];
        if (_protection.Holds(blob, slot) && MayFail([device]))
        {
            if (_random.Next(3) > 0)
            {
                FlipIfThere(new FragmentId(blob, (byte)slot), device);
            }
            else
            {
                // Segments are cut off when a process begins anew.
                _figures.CutOff++;
                _devices[device].Kill();
                _devices[device].Lose(new FragmentId(blob, (byte)slot));
            }
        }
    }

    private void FlipIfThere(FragmentId fragment, Guid device)
    {
        if (_devices[device].IsIntact(fragment))
        {
            _figures.Flips++;
            _devices[device].Flip(fragment);
        }
    }

    private void Fill()
    {
        if (PickDevice() is { } device)
        {
            _figures.Filled++;
            device.BallastBytes = device.BallastBytes == 0 ? CapacityBytes - _random.Next(2_000) : 0;
        }
    }

    private void JoinNew()
    {
        if (_watched.Count(id => !_dead.Contains(id)) < 36)
        {
            _figures.Joins++;
            Join(AddDevice(_random.Next(Silos)), MemberState.Online);
            _roundAt = _now;
        }
    }

    private void DrainOne()
    {
        if (_watched.Count(id => !_dead.Contains(id)) > 28 && PickDevice() is { } device)
        {
            _figures.Drains++;
            _healer.Drain(device.Identity.Id);
            _roundAt = _now;
        }
    }

    /// <summary>The operator has looked at devices whose medium failed.</summary>
    private void Readmit()
    {
        foreach (var (id, device) in _devices.Where(d => _watched.Contains(d.Key) && !_dead.Contains(d.Key)))
        {
            if (device.State == DeviceState.Healthy && device.Reach == Reach.Up)
            {
                _healer.Readmit(id);
            }
        }
    }

    private void Scrub()
    {
        foreach (var (id, device) in _devices.Where(d => !_dead.Contains(d.Key) && d.Value.IsUp))
        {
            foreach (var fragment in device.Corrupt.Order().ToList())
            {
                if (_groups.Find(fragment.Blob.Group)?.Devices[fragment.Number] == id)
                {
                    _healer.ReportDamaged(fragment);
                }
            }
        }

        _roundAt = _now;
    }

    /// <summary>Deletes what nobody names.</summary>
    private void Sweep()
    {
        BlobId after = default;
        while (true)
        {
            var page = _time.Run(_pool.ListAsync(after, 100, CancellationToken.None));
            var orphans = page.Select(e => e.Id).Where(b => !_blobs.ContainsKey(b) && !_pool.IsInFlight(b)).ToList();
            _figures.Swept += orphans.Count;
            _time.Run(_pool.DeleteAsync(orphans, CancellationToken.None));
            if (page.Count < 100)
            {
                return;
            }

            after = page[^1].Id;
        }
    }

    private string Where(BlobId blob)
    {
        var group = _groups.Find(blob.Group)!;
        var on = _devices.Where(d => d.Value.Stored.Keys.Any(f => f.Blob == blob)).Select(d =>
            $"{d.Key.ToString()[..8]}{(d.Value.IsUp ? string.Empty : " down")}{(_dead.Contains(d.Key) ? " dead" : string.Empty)}: "
            + string.Join(' ', d.Value.Stored.Keys.Where(f => f.Blob == blob)
                .Select(f => $"{f.Number}{(d.Value.Corrupt.Contains(f) ? "!" : string.Empty)}")));
        var slots = group.Devices.Select(id => $"{id.ToString()[..8]} {_members.StateOf(id)}");
        return $"Group {group.Id}.{group.Epoch} [{string.Join(", ", slots)}]; fragments {string.Join(", ", on)}";
    }

    private string Strays() => string.Join("; ", _healer.Status.Devices.Where(d => d.State != MemberState.Online))
        + string.Join("; ", _healer.Status.Unrepairable.Select(Where));

    private void Check(bool condition, Func<string> message) =>
        Assert.True(condition, condition ? string.Empty : $"{_name} at {_now}: {message()}");
}
