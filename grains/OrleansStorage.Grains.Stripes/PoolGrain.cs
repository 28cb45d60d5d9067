using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Pools;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;
using OrleansStorage.Pools.Healing;

namespace OrleansStorage.Grains.Stripes;

/// <inheritdoc cref="IPoolGrain"/>
/// <remarks>
/// Asks every device once a second how it is, and heals in rounds. Calls interleave with a round, which runs on the grain's
/// scheduler and gives way whenever it waits for a device. Nothing of it has to survive: the next activation begins with a look at
/// every group.
/// </remarks>
[Reentrant]
public sealed class PoolGrain(
    IPoolHost pools,
    IMetadataStore store,
    OwnershipManager owners,
    TimeProvider time,
    IOptions<PoolGrainOptions> options,
    ILogger<PoolGrain> logger) : Grain, IPoolGrain, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Guid> _asked = [];
    private IPoolAccess _pool = null!;
    private Ownership _ownership = null!;
    private PoolHealer _healer = null!;
    private Task _round = Task.CompletedTask;
    private long _roundEnded;
    private TimeSpan _nextRoundIn;

    private string Name => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _pool = pools.Find(Name) ?? throw new OwnerUnavailableException($"This silo knows no pool '{Name}'.");
        try
        {
            _ownership = await owners.AcquireAsync($"pool/{Name}", cancellationToken);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }

        var settings = options.Value;
        _healer = new PoolHealer(
            _pool.Groups,
            _pool.Members,
            _pool.Protection,
            new GrainGroupRegistry(GrainFactory, Name, _pool.Groups),
            _pool.IsInFlight,
            new HealBudget(settings.Budget, time, foreground: null),
            new PoolHealerOptions { Watch = settings.Watch, Time = time });
        foreach (var device in _pool.Devices)
        {
            _healer.Join(device.Device, device.Access, device.State);
        }

        this.RegisterGrainTimer(
            static (grain, _) => grain.TickAsync(),
            this,
            new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = settings.Watch.ProbeInterval, Interleave = true });
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _round;
        if (_ownership is not null)
        {
            await _ownership.ReleaseAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <inheritdoc/>
    public ValueTask<PoolHealth> StatusAsync(CancellationToken cancellationToken) => new(ToMessage(_healer.Status));

    /// <inheritdoc/>
    public async ValueTask<bool> DrainAsync(Guid device, bool isDraining, CancellationToken cancellationToken)
    {
        if (_pool.Devices.All(known => known.Device.Id != device))
        {
            return false;
        }

        await StoreAsync(isDraining ? _healer.Drain(device) : _healer.CancelDrain(device));
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<DeviceRemoval> RemoveAsync(Guid device, CancellationToken cancellationToken)
    {
        var obstacle = _healer.TryRemove(device);
        if (obstacle is RemovalObstacle.None or RemovalObstacle.Unknown)
        {
            return obstacle == RemovalObstacle.None ? DeviceRemoval.Removed : DeviceRemoval.Unknown;
        }

        var state = _pool.Members.StateOf(device);
        if (state is MemberState.Online or MemberState.Draining)
        {
            return DeviceRemoval.InUse;
        }

        if (state == MemberState.Lost || _healer.Status.RedundancyLeft >= 0)
        {
            await StoreAsync(_healer.DeclareLost(device));
            return DeviceRemoval.GivenUp;
        }

        return DeviceRemoval.WouldLoseData;
    }

    private async Task TickAsync()
    {
        if (_ownership.IsLost)
        {
            StripeLog.Over(logger, _ownership.Owner, exception: null);
            DeactivateOnIdle();
            return;
        }

        await Task.WhenAll(_pool.Devices.Select(device => ObserveAsync(device.Device.Id)));
        if (_round.IsCompleted && !_stop.IsCancellationRequested && time.GetElapsedTime(_roundEnded) >= _nextRoundIn)
        {
            _round = RunRoundAsync();
        }
    }

    private async Task RunRoundAsync()
    {
        try
        {
            var round = await _healer.RunAsync(_stop.Token);
            _nextRoundIn = round.NextIn;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception e) when (e is DeviceException or MetadataException or OwnerUnavailableException or TimeoutException)
        {
            StripeLog.RoundFailed(logger, Name, e);
            _nextRoundIn = options.Value.Watch.ProbeInterval;
        }

        _roundEnded = time.GetTimestamp();
    }

    private async Task ObserveAsync(Guid device)
    {
        // A probe that has no answer yet is not repeated.
        if (_asked.Add(device))
        {
            try
            {
                await StoreAsync(_healer.Observe(device, await ProbeAsync(device)));
            }
            finally
            {
                _asked.Remove(device);
            }
        }
    }

    private async ValueTask<MemberObservation> ProbeAsync(Guid id)
    {
        if (_pool.Members.FindAny(id) is not { } device)
        {
            return MemberObservation.ProcessLeft;
        }

        var begun = time.GetTimestamp();
        try
        {
            var asked = device.FindFragmentAsync(default(FragmentId), _stop.Token).AsTask();
            await Task.WhenAny(asked, Task.Delay(options.Value.ProbeTimeout, time, _stop.Token));
            if (!asked.IsCompleted)
            {
                return MemberObservation.NoAnswer;
            }

            await asked;
            return device.State == DeviceState.Failed
                ? MemberObservation.MediumFailed
                : MemberObservation.Answered(time.GetElapsedTime(begun));
        }
        catch (DeviceFailedException)
        {
            return MemberObservation.MediumFailed;
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException or OperationCanceledException)
        {
            return MemberObservation.NoAnswer;
        }
    }

    /// <summary>Notes what was decided about a device. Whether it answers is not stored: the next activation sees for itself.</summary>
    private async ValueTask StoreAsync(MemberTransition? transition)
    {
        if (transition is null)
        {
            return;
        }

        StripeLog.Changed(logger, transition.Device, Name, transition.To, transition.From, transition.Reason);
        _nextRoundIn = TimeSpan.Zero;
        try
        {
            var row = await store.FindAsync(Schema.Devices, transition.Device.ToString(), CancellationToken.None);
            var state = transition.To is MemberState.Lost or MemberState.Draining ? transition.To : MemberState.Online;
            if (row is not null && row.State != state.ToString())
            {
                await store.CommitAsync(
                    new MetadataTransaction()
                        .Fence(_ownership.Owner, _ownership.Epoch)
                        .Put(Schema.Devices, row with { State = state.ToString() }),
                    CancellationToken.None);
            }
        }
        catch (MetadataException e)
        {
            StripeLog.Over(logger, _ownership.Owner, e);
            DeactivateOnIdle();
        }
    }

    private static PoolHealth ToMessage(PoolHealStatus status) => new()
    {
        RedundancyLeft = status.RedundancyLeft,
        BlobsDegraded = status.BlobsDegraded,
        BytesDegraded = status.BytesDegraded,
        BlobsUnrepairable = status.BlobsUnrepairable,
        Unrepairable = [.. status.Unrepairable.Select(blob => blob.ToString())],
        GroupsDegraded = status.GroupsDegraded,
        GroupsToLookAt = status.GroupsToLookAt,
        Moves = status.Moves,
        BytesRebuilt = status.BytesRebuilt,
        RebuildBytesPerSecond = status.BytesPerSecond,
        FullProtectionInSeconds = status.FullProtectionIn?.TotalSeconds,
        Unplaced = [.. status.Unplaced.Select(slot => slot.ToString())],
        Devices = [.. status.Devices.Select(d => new Abstractions.Pools.DeviceHealth(d.Id, d.State.ToString(), d.Reason?.ToString(), d.Slots))],
    };
}
