using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Owners;

/// <summary>Takes and keeps the ownerships of one silo process.</summary>
/// <remarks>
/// Two activations of one grain may live for a while. Their writes are fenced by epoch. This type makes sure that
/// nobody serves a read from memory after a newer holder's write was acknowledged.
/// <code>
/// owners row      (owner, epoch, holder, settled)
/// acquire         epoch + 1, holder = me                       fences writes at once
///                 settled = nobody's lease has to be waited for
///                 else a row in takeovers, for the silo that has lost it, in the same transaction
/// wait            until the lease of every earlier holder must be over; then settled
/// renew           requires that no takeover of this silo is left, and counts; only then is the lease extended
/// note            ownerships named by takeovers are lost; only then are those rows deleted
/// expel           a takeover of everything; one lease later the silo's row and takeovers are deleted
/// </code>
/// Why it is safe. Let A hold an owner, and B take it from A with a transaction at time c.
/// <list type="number">
/// <item>A's lease runs from before the renewal was sent, for <see cref="OwnershipOptions.LeaseDuration"/> by A's clock.
/// A renewal that was committed before c was sent before c: its lease is over one lease after c.</item>
/// <item>A renewal that is committed after c finds B's takeover (both lock A's silo row) and fails, until A has marked
/// the ownership lost and deleted the takeover. Nobody else deletes it, but together with A's silo row, after A has
/// stopped or was expelled and its lease is over; without that row no renewal of A succeeds.</item>
/// <item>B begins to write and to answer when the takeover or A's silo row is gone, or when
/// <see cref="OwnershipOptions.WaitDuration"/> has passed since c, or since B first saw the renewal count that A's row
/// still has after c. In each case A's lease is over, or A knows that it has lost the owner.</item>
/// <item>If B itself loses the owner to C while it waits, the row is not settled, and C waits for a whole lease: every
/// earlier holder lost the owner before C's transaction, so 1 and 2 hold for each of them.</item>
/// <item>In one process, the flag of the ownership is read after the lease: whoever sees an extended lease sees what
/// was marked lost before it was extended.</item>
/// </list>
/// What is assumed of clocks: <see cref="TimeProvider.GetTimestamp"/> runs on while the process is paused, and the
/// rates of two silos differ by less than <see cref="OwnershipOptions.ClockRateMargin"/>. A virtual machine that is
/// frozen and thawed without its clock noticing breaks the first; writes stay fenced even then. Wall clocks do not
/// matter.
/// <para>
/// With <see cref="IMetadataStore.IsExclusive"/> there is one manager and nobody else: no lease, no waiting, no
/// renewals. Several managers over one store need a store that is not exclusive.
/// </para>
/// </remarks>
public sealed class OwnershipManager : IAsyncDisposable
{
    private const int SilosMax = 10_000;
    private const int TakeoversPerStep = 500;
    private readonly IMetadataStore _store;
    private readonly long _incarnation;
    private readonly OwnershipOptions _options;
    private readonly TimeProvider _clock;
    private readonly OwnershipTable _table = new();
    private readonly SiloWatch _watch;
    private readonly Lease _lease;
    private readonly Dictionary<long, long> _expelledAt = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _expelled = new();
    private Task _loop = Task.CompletedTask;
    private SiloRow? _row;

    /// <summary>The manager of a silo process.</summary>
    /// <param name="store">Where epochs lie.</param>
    /// <param name="incarnation">Of <see cref="SiloRegistration.RegisterAsync"/>; one manager for each.</param>
    /// <param name="options">The times.</param>
    /// <param name="timeProvider">The clock of leases and timers.</param>
    public OwnershipManager(IMetadataStore store, uint incarnation, OwnershipOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentOutOfRangeException.ThrowIfZero(incarnation);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        options.Validate();
        _store = store;
        _incarnation = incarnation;
        _options = options;
        _clock = timeProvider;
        _watch = new SiloWatch(timeProvider);
        _lease = new Lease(timeProvider, options.LeaseDuration);
    }

    /// <summary>
    /// Cancelled when the others have struck this silo off: everything is lost, and the process must register anew.
    /// </summary>
    public CancellationToken Expelled => _expelled.Token;

    /// <summary>Why the last renewal failed; null when it did not.</summary>
    public MetadataException? RenewalFailure { get; private set; }

    internal bool HoldsLease => _store.IsExclusive || _lease.IsValid;

    /// <summary>Gets the first lease, and renews it from then on, in the context of the caller.</summary>
    /// <exception cref="MetadataException">The first lease cannot be had; may be called again.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (_store.IsExclusive)
        {
            return;
        }

        _row = await _store.FindAsync(Schema.Silos, _incarnation, cancellationToken)
            ?? throw new MetadataConditionException(Schema.Silos.Name, $"Silo {_incarnation} is not registered.");
        await RenewAsync(cancellationToken);
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Stops renewing, loses everything, and tells the others that they need not wait.</summary>
    /// <remarks>A store that cannot be reached is no error: the others then wait for the lease.</remarks>
    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        EndLoop();
        await _loop;
        LoseAll();
        if (!_store.IsExclusive)
        {
            await TryAsync(LeavingOf(_incarnation), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        EndLoop();
        await _loop;
        LoseAll();
        _stop.Dispose();
        _expelled.Dispose();
    }

    /// <summary>Takes an owner. The earlier ownership of the same owner here is lost at once.</summary>
    /// <param name="owner">Not empty.</param>
    /// <param name="cancellationToken">Ends the call early; the owner may have been taken all the same.</param>
    /// <exception cref="FencedException">Somebody else took it while this waited for an earlier holder's lease.</exception>
    /// <exception cref="MetadataConditionException">This silo was expelled, or has stopped.</exception>
    /// <exception cref="MetadataUnavailableException">The store cannot be reached; calling again is safe.</exception>
    public async ValueTask<Ownership> AcquireAsync(string owner, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        _table.BeginAcquisition(owner);
        try
        {
            var ownership = new Ownership(this, owner, await TakeAsync(owner, cancellationToken));
            _table.Add(ownership);
            return ownership;
        }
        finally
        {
            _table.EndAcquisition(owner);
        }
    }

    internal async ValueTask ReleaseAsync(Ownership ownership)
    {
        if (!_table.Remove(ownership))
        {
            return;
        }

        var (owner, epoch) = (ownership.Owner, ownership.Epoch);
        var transaction = new MetadataTransaction()
            .Fence(owner, epoch)
            .Put(Schema.Owners, new OwnerRow(owner, epoch, Holder: 0, IsSettled: true));
        await TryAsync(transaction, CancellationToken.None);
    }

    private async ValueTask<long> TakeAsync(string owner, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = await _store.FindAsync(Schema.Owners, owner, cancellationToken)
                ?? new OwnerRow(owner, Epoch: 0, Holder: 0, IsSettled: true);
            var loser = await FindLoserAsync(before, cancellationToken);
            var isSettled = _store.IsExclusive || (loser is null && before.IsSettled);
            var taken = new OwnerRow(owner, before.Epoch + 1, _incarnation, isSettled);
            if (await TryTakeAsync(before, taken, loser, cancellationToken))
            {
                if (!isSettled)
                {
                    await WaitAsync(taken, before.IsSettled ? loser : null, cancellationToken);
                    await SettleAsync(taken, cancellationToken);
                }

                return taken.Epoch;
            }
        }
    }

    /// <summary>The silo from which the owner is taken, if there is one.</summary>
    private async ValueTask<SiloRow?> FindLoserAsync(OwnerRow before, CancellationToken cancellationToken) =>
        _store.IsExclusive || before.Holder == 0 || before.Holder == _incarnation
            ? null
            : await _store.FindAsync(Schema.Silos, before.Holder, cancellationToken);

    /// <returns>False when somebody was quicker: look again.</returns>
    private async ValueTask<bool> TryTakeAsync(
        OwnerRow before, OwnerRow taken, SiloRow? loser, CancellationToken cancellationToken)
    {
        var transaction = new MetadataTransaction().Fence(before.Owner, before.Epoch).Put(Schema.Owners, taken);
        if (!_store.IsExclusive)
        {
            transaction.RequireRow(Schema.Silos, _incarnation);
        }

        if (loser is not null)
        {
            transaction.RequireRow(Schema.Silos, loser.Incarnation)
                .Put(Schema.Takeovers, new TakeoverRow(TakeoverOf(taken, loser)));
        }

        try
        {
            await _store.CommitAsync(transaction, cancellationToken);
            return true;
        }
        catch (FencedException)
        {
            return false;
        }
        catch (MetadataConditionException)
        {
            if (await _store.FindAsync(Schema.Silos, _incarnation, cancellationToken) is null)
            {
                LoseAll();
                throw;
            }

            return false; // The loser has stopped meanwhile.
        }
    }

    private static TakeoverKey TakeoverOf(OwnerRow taken, SiloRow loser) =>
        new(loser.Incarnation, taken.Owner, taken.Epoch);

    /// <summary>Waits until every earlier holder's lease is over, or it knows that it has lost the owner.</summary>
    /// <param name="taken">What was committed just now.</param>
    /// <param name="loser">The only silo that may have a lease; null when there may be others.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask WaitAsync(OwnerRow taken, SiloRow? loser, CancellationToken cancellationToken)
    {
        var takenAt = _clock.GetTimestamp();
        while (true)
        {
            var waited = _clock.GetElapsedTime(takenAt);
            if (loser is not null)
            {
                var silence = await SilenceOfAsync(TakeoverOf(taken, loser), cancellationToken);
                waited = silence > waited ? silence : waited;
            }

            var left = _options.WaitDuration - waited;
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            // One tick more: timers may fire a little early.
            var delay = loser is not null && left > _options.PollInterval ? _options.PollInterval : left;
            await Task.Delay(delay + TimeSpan.FromMilliseconds(1), _clock, cancellationToken);
        }
    }

    /// <summary>How long the loser can have had no lease renewed; for ever when it knows, or is gone.</summary>
    private async ValueTask<TimeSpan> SilenceOfAsync(TakeoverKey takeover, CancellationToken cancellationToken)
    {
        try
        {
            if (await _store.FindAsync(Schema.Takeovers, takeover, cancellationToken) is null)
            {
                return TimeSpan.MaxValue;
            }

            var silo = await _store.FindAsync(Schema.Silos, takeover.Incarnation, cancellationToken);
            return silo is null ? TimeSpan.MaxValue : _watch.SilenceOf(silo);
        }
        catch (MetadataUnavailableException)
        {
            return TimeSpan.Zero;
        }
    }

    private async ValueTask SettleAsync(OwnerRow taken, CancellationToken cancellationToken)
    {
        var transaction = new MetadataTransaction()
            .Fence(taken.Owner, taken.Epoch)
            .Put(Schema.Owners, taken with { IsSettled = true });
        try
        {
            await _store.CommitAsync(transaction, cancellationToken);
        }
        catch (MetadataUnavailableException)
        {
            // The next holder waits longer than it must.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!_expelled.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_options.RenewInterval, _clock, cancellationToken);
                await RenewAsync(cancellationToken);
                RenewalFailure = null;
                await WatchOthersAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (MetadataException failure)
            {
                RenewalFailure = failure; // The lease runs out if this goes on.
            }
        }
    }

    private async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // A count that may have been written is not used again: SiloWatch relies on it.
            _row = _row! with { Renewals = _row.Renewals + 1 };
            var askedAt = _clock.GetTimestamp();
            var transaction = new MetadataTransaction()
                .RequireRow(Schema.Silos, _incarnation)
                .RequireEmpty(Schema.Takeovers, TakeoverKey.AllOf(_incarnation))
                .Put(Schema.Silos, _row);
            try
            {
                await _store.CommitAsync(transaction, cancellationToken);
                _lease.Extend(askedAt);
                return;
            }
            catch (MetadataConditionException violation)
            {
                if (violation.Table != Schema.Takeovers.Name || !await NoteTakeoversAsync(cancellationToken))
                {
                    await BeExpelledAsync(cancellationToken);
                    throw;
                }
            }
        }
    }

    /// <returns>False when everything was taken.</returns>
    private async ValueTask<bool> NoteTakeoversAsync(CancellationToken cancellationToken)
    {
        var range = TakeoverKey.AllOf(_incarnation);
        var takeovers = await _store.ScanAsync(Schema.Takeovers, range, TakeoversPerStep, cancellationToken);
        var transaction = new MetadataTransaction();
        foreach (var (key, owner, epoch) in takeovers.Select(row => (row.Key, row.Key.Owner, row.Key.Epoch)))
        {
            if (owner.Length == 0)
            {
                return false;
            }

            _table.Lose(owner, epoch);
            transaction.Delete(Schema.Takeovers, key);
        }

        await _store.CommitAsync(transaction, cancellationToken);
        return true;
    }

    private async ValueTask BeExpelledAsync(CancellationToken cancellationToken)
    {
        LoseAll();
        TellExpelled();
        await TryAsync(LeavingOf(_incarnation), cancellationToken);
    }

    // Not CancelAsync, which leaves the context of the caller and with it a simulation.
    private void EndLoop() => _stop.Cancel();

    private void TellExpelled() => _expelled.Cancel();

    private void LoseAll()
    {
        _table.LoseAll();
        _lease.End();
    }

    private async ValueTask WatchOthersAsync(CancellationToken cancellationToken)
    {
        var range = new KeyRange<long>(0, FromInclusive: true, long.MaxValue);
        var silos = await _store.ScanAsync(Schema.Silos, range, SilosMax, cancellationToken);
        _watch.Keep(silos);
        foreach (var gone in _expelledAt.Keys.Except(silos.Select(silo => silo.Incarnation)).ToArray())
        {
            _expelledAt.Remove(gone);
        }

        foreach (var silo in silos.Where(silo => silo.Incarnation != _incarnation))
        {
            if (_watch.SilenceOf(silo) >= _options.ExpelAfter)
            {
                await ExpelAsync(silo.Incarnation, cancellationToken);
            }
            else
            {
                _expelledAt.Remove(silo.Incarnation);
            }
        }
    }

    private async ValueTask ExpelAsync(long incarnation, CancellationToken cancellationToken)
    {
        if (!_expelledAt.TryGetValue(incarnation, out var expelledAt))
        {
            var everything = new TakeoverRow(new TakeoverKey(incarnation, Owner: "", Epoch: 0));
            await _store.CommitAsync(
                new MetadataTransaction().RequireRow(Schema.Silos, incarnation).Put(Schema.Takeovers, everything),
                cancellationToken);
            _expelledAt[incarnation] = _clock.GetTimestamp();
        }
        else if (_clock.GetElapsedTime(expelledAt) >= _options.WaitDuration)
        {
            await _store.CommitAsync(LeavingOf(incarnation), cancellationToken);
            _expelledAt.Remove(incarnation);
        }
    }

    private static MetadataTransaction LeavingOf(long incarnation) => new MetadataTransaction()
        .Delete(Schema.Silos, incarnation)
        .DeleteRange(Schema.Takeovers, TakeoverKey.AllOf(incarnation));

    private async ValueTask TryAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await _store.CommitAsync(transaction, cancellationToken);
        }
        catch (MetadataException)
        {
            // What it would have spared others is said where it is called.
        }
    }
}
