using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools.Tests.Healing.Simulation;

/// <summary>Whether a device can be reached.</summary>
internal enum Reach
{
    Up,

    /// <summary>Calls wait; what has been sent is done when it goes on, whether or not anybody waits for it still.</summary>
    Paused,

    /// <summary>Its silo is away.</summary>
    Down,
}

/// <summary>
/// A device in memory behind a simulated network: calls take time, are lost, are done without being answered, and all that a medium does.
/// </summary>
internal sealed class ChaosDevice(Guid id, long capacityBytes, TimeProvider time, Random random) : IDevice
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<FragmentId, byte[]> _fragments = [];
    private readonly HashSet<FragmentId> _corrupt = [];
    private readonly List<Action> _late = [];
    private int _life;

    public DeviceIdentity Identity { get; } = new(id, DeviceTier.Ssd, capacityBytes);

    public DeviceState State { get; private set; } = DeviceState.Healthy;

    public Reach Reach { get; private set; }

    public bool FailsNextSync { get; set; }

    public long BallastBytes { get; set; }

    public int FullCalls { get; private set; }

    public int CorruptReads { get; private set; }

    public int LateCalls { get; private set; }

    public int Lists { get; private set; }

    /// <summary>Slower answers, such as those of a failing disk.</summary>
    public TimeSpan Slowness { get; set; }

    public DeviceHealth Health => new(State, null, 0, 0, 0, []);

    public DeviceUsage Usage
    {
        get
        {
            var live = _fragments.Values.Sum(f => (long)f.Length);
            return new DeviceUsage(live, live, capacityBytes, Math.Max(0, capacityBytes - live - BallastBytes), _fragments.Count, 0);
        }
    }

    /// <summary>What lies on the medium.</summary>
    public IReadOnlyDictionary<FragmentId, byte[]> Stored => _fragments;

    public IReadOnlyCollection<FragmentId> Corrupt => _corrupt;

    public bool IsUp => Reach == Reach.Up && State == DeviceState.Healthy;

    public bool IsIntact(FragmentId fragment) => _fragments.ContainsKey(fragment) && !_corrupt.Contains(fragment);

    public void Flip(FragmentId fragment) => _corrupt.Add(fragment);

    /// <summary>The medium loses a fragment, as with a segment that was cut off.</summary>
    public void Lose(FragmentId fragment) => Remove(fragment);

    public void Pause() => Reach = Reach.Paused;

    public void Resume()
    {
        Reach = Reach.Up;
        foreach (var late in _late)
        {
            LateCalls++;
            late();
        }

        _late.Clear();
    }

    /// <summary>The process ends; what it was doing is done or not.</summary>
    public void Kill()
    {
        Reach = Reach.Down;
        _life++;
        foreach (var late in _late)
        {
            if (random.Next(2) == 0)
            {
                late();
            }
        }

        _late.Clear();
    }

    public void Restart()
    {
        Reach = Reach.Up;
        State = DeviceState.Healthy;
        FailsNextSync = false;
    }

    public async ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var bytes = payload.ToArray();
        await RunAsync(() => Store(id, bytes), changes: true, cancellationToken);
    }

    public async ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken)
    {
        foreach (var fragment in fragments)
        {
            await WriteFragmentAsync(fragment.Id, fragment.Payload, cancellationToken);
        }
    }

    public async ValueTask ReadFragmentAsync(
        FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken) =>
        await RunAsync(
            () =>
            {
                var bytes = _fragments.TryGetValue(id, out var found) ? found : throw new FragmentNotFoundException(id);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes + destination.Length, bytes.Length);
                if (_corrupt.Contains(id))
                {
                    CorruptReads++;
                    throw new CorruptFragmentException($"{id} is damaged.");
                }

                bytes.AsMemory(offsetBytes, destination.Length).CopyTo(destination);
                return true;
            },
            changes: false,
            cancellationToken);

    public async ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken)
    {
        var copy = ids.ToArray();
        await RunAsync(
            () =>
            {
                foreach (var id in copy)
                {
                    Remove(id);
                }

                return true;
            },
            changes: true,
            cancellationToken);
    }

    public ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken) => RunAsync<int?>(
        () => _fragments.TryGetValue(id, out var bytes) ? bytes.Length : null, changes: false, cancellationToken);

    public ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(
        FragmentId after, int limit, CancellationToken cancellationToken)
    {
        Lists++;
        return RunAsync<IReadOnlyList<FragmentEntry>>(
            () => [.. _fragments
                .SkipWhile(f => f.Key <= after)
                .Take(limit)
                .Select(f => new FragmentEntry(f.Key, f.Value.Length))],
            changes: false,
            cancellationToken);
    }

    public ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(
        ExtentId after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool Store(FragmentId id, byte[] bytes)
    {
        if (FailsNextSync)
        {
            FailsNextSync = false;
            State = DeviceState.Failed;
            throw new DeviceFailedException("The simulated medium failed to sync.");
        }

        if (_fragments.TryGetValue(id, out var known))
        {
            return known.AsSpan().SequenceEqual(bytes) ? true : throw new FragmentExistsException(id);
        }

        if (Usage.AvailableBytes < bytes.Length)
        {
            FullCalls++;
            throw new DeviceFullException("The simulated medium is full.");
        }

        _fragments[id] = bytes;
        return true;
    }

    private void Remove(FragmentId id)
    {
        _fragments.Remove(id);
        _corrupt.Remove(id);
    }

    private async ValueTask<T> RunAsync<T>(Func<T> function, bool changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await LatencyAsync();
        if (Reach == Reach.Paused)
        {
            return await PausedAsync(function, changes);
        }

        ThrowIfGone();
        var result = function();
        var life = _life;
        await LatencyAsync();

        // Done, but the answer is lost with the process.
        return life == _life ? result : throw new DeviceGoneException(Identity.Id);
    }

    private async ValueTask LatencyAsync()
    {
        var delay = Slowness + TimeSpan.FromTicks(random.Next(4) * random.Next(10_000));
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, time);
        }
    }

    /// <summary>Waits until it goes on, or no longer; a change is made all the same when it does.</summary>
    private async ValueTask<T> PausedAsync<T>(Func<T> function, bool changes)
    {
        var done = new TaskCompletionSource<T>();
        _late.Add(() =>
        {
            try
            {
                if (changes || !done.Task.IsCompleted)
                {
                    ThrowIfGone();
                    done.TrySetResult(function());
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException)
            {
                done.TrySetException(e);
            }
        });
        try
        {
            return await done.Task.WaitAsync(s_timeout, time);
        }
        catch (TimeoutException)
        {
            // Nothing may be read into memory of a caller that has gone on.
            done.TrySetCanceled();
            throw new DeviceGoneException(Identity.Id);
        }
    }

    private void ThrowIfGone()
    {
        if (Reach == Reach.Down)
        {
            throw new DeviceGoneException(Identity.Id);
        }

        if (State == DeviceState.Failed)
        {
            throw new DeviceFailedException("The simulated medium failed.");
        }
    }
}
