using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Metadata.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Metadata.Tests.Owners;

/// <summary>Leases and takeovers in virtual time. Each silo is a node that can be paused.</summary>
public sealed class OwnershipManagerTests
{
    private static readonly OwnershipOptions Options = new();
    private readonly SimulatedWorld _world = new(TestSeed.Create(1));
    private readonly MemoryMetadataStore _store = new(new MemoryMetadataStoreOptions { IsExclusive = false });

    [Fact]
    public void NewOwner_IsHadAtOnce_WithEpochOne()
    {
        var silo = StartSilo("a");

        var ownership = Acquire(silo, "x");

        Assert.Equal(("x", 1L), (ownership.Owner, ownership.Epoch));
        Assert.True(ownership is { MayServeReads: true, IsLost: false });
        Assert.Equal(TimeSpan.Zero, _world.Now);
    }

    [Fact]
    public void SameSilo_AcquiringAgain_LosesTheEarlierAtOnce()
    {
        var silo = StartSilo("a");
        var first = Acquire(silo, "x");

        var second = silo.Node.Start(() => silo.Manager.AcquireAsync("x", default));

        Assert.Equal(2, _world.Await(second).Epoch);
        Assert.True(first is { IsLost: true, MayServeReads: false });
        Assert.Equal(TimeSpan.Zero, _world.Now);
    }

    [Fact]
    public void LiveHolder_IsToldByItsRenewal_BeforeTheNextHolderGoesOn()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        var other = Acquire(a, "y");

        var pending = b.Node.Start(() => b.Manager.AcquireAsync("x", default));
        _world.RunFor(TimeSpan.FromMilliseconds(10));
        Assert.True(first.MayServeReads && !pending.IsCompleted);
        var second = _world.Await(pending);

        Assert.Equal((true, false, 2L), (first.IsLost, first.MayServeReads, second.Epoch));
        Assert.True(second.MayServeReads && other.MayServeReads);
        Assert.InRange(_world.Now, TimeSpan.FromMilliseconds(500), Options.RenewInterval + Options.RenewInterval);
        Assert.Empty(Takeovers());
    }

    [Fact]
    public void PausedHolder_IsWaitedFor_AndMayNotServeWhenItWakesUp()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        a.Node.IsPaused = true;

        var second = Acquire(b, "x");

        Assert.InRange(_world.Now, Options.LeaseDuration, Options.LeaseDuration * 1.1);
        Assert.True(second.MayServeReads);
        Assert.False(first.MayServeReads, "Its lease has run out, though it does not know yet that it is lost.");
        Assert.False(first.IsLost);
        a.Node.IsPaused = false;
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.True(first.IsLost);
        Assert.True(Acquire(a, "z").MayServeReads);
        Assert.Empty(Takeovers());
    }

    [Fact]
    public void HolderThatHasBeenSilentForALease_IsNotWaitedFor()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        a.Node.IsPaused = true;
        _world.RunFor(Options.LeaseDuration * 2);
        var before = _world.Now;

        var second = Acquire(b, "x");

        Assert.Equal(before, _world.Now);
        Assert.True(second.MayServeReads && !first.MayServeReads);
        a.Node.IsPaused = false;
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.True(first.IsLost);
    }

    /// <summary>A, paused, holds; B takes over and waits for A; C takes over from B, which knows at once.</summary>
    [Fact]
    public void ChainOfTakeovers_WaitsForEveryLease()
    {
        var (a, b, c) = (StartSilo("a"), StartSilo("b"), StartSilo("c"));
        _world.RunFor(Options.RenewInterval * 0.9);
        var first = Acquire(a, "x");
        _world.RunFor(Options.RenewInterval * 0.2);
        a.Node.IsPaused = true;
        var second = b.Node.Start(() => b.Manager.AcquireAsync("x", default));
        _world.RunFor(TimeSpan.FromMilliseconds(10));

        var third = _world.Await(c.Node.Start(() => c.Manager.AcquireAsync("x", default)));

        Assert.False(first.MayServeReads);
        Assert.True(third.MayServeReads && third.Epoch == 3);
        Assert.Throws<FencedException>(() => _world.Await(second));
    }

    /// <summary>A, paused, holds; B takes over, does not wait to the end, and stops or tries again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AcquisitionThatWasGivenUp_LeavesItsWaitToTheNext(bool stops)
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        a.Node.IsPaused = true;
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), b.Node.Clock);
        var givenUp = b.Node.Start(() => b.Manager.AcquireAsync("x", cancellation.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => _world.Await(givenUp));
        if (stops)
        {
            _world.Await(b.Node.Start(() => b.Manager.StopAsync(default)));
            b = StartSilo("b'");
        }

        Assert.True(first.MayServeReads);
        var second = Acquire(b, "x");

        Assert.True(second is { MayServeReads: true, Epoch: 3 });
        Assert.False(first.MayServeReads);
    }

    /// <summary>B's acquisition is noted as taken over by B's own renewal before B has the answer to it.</summary>
    [Fact]
    public void OwnershipTakenWhileItIsAcquired_IsLostFromItsBeginning()
    {
        var table = new OwnershipTable();
        var manager = new OwnershipManager(_store, 1, Options, _world.AddNode("n").Clock);
        table.BeginAcquisition("x");
        table.Lose("x", nextEpoch: 6);

        var (old, next) = (new Ownership(manager, "x", 5), new Ownership(manager, "x", 7));
        table.Add(old);
        Assert.True(old.IsLost);
        table.Add(next);
        table.EndAcquisition("x");

        Assert.False(next.IsLost);
        table.Lose("x", nextEpoch: 7);
        Assert.False(next.IsLost);
        table.Lose("x", nextEpoch: 8);
        Assert.True(next.IsLost);
    }

    [Fact]
    public void ReleasedOwner_IsNotWaitedFor()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        _world.Await(a.Node.Start(first.ReleaseAsync));
        a.Node.IsPaused = true;

        var second = Acquire(b, "x");

        Assert.Equal((TimeSpan.Zero, 2L), (_world.Now, second.Epoch));
        Assert.True(first.IsLost && second.MayServeReads);
    }

    [Fact]
    public void ReleaseOfALostOwnership_DoesNotDisturbTheNext()
    {
        var silo = StartSilo("a");
        var first = Acquire(silo, "x");
        var second = Acquire(silo, "x");

        _world.Await(silo.Node.Start(first.ReleaseAsync));

        Assert.True(second.MayServeReads);
        Assert.Equal(silo.Incarnation, Find(Schema.Owners, "x")!.Holder);
    }

    [Fact]
    public void StoppedSilo_IsNotWaitedFor_AndServesNothing()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        _world.Await(a.Node.Start(() => a.Manager.StopAsync(default)));

        var second = Acquire(b, "x");

        Assert.Equal(TimeSpan.Zero, _world.Now);
        Assert.True(first is { IsLost: true, MayServeReads: false } && second.MayServeReads);
        Assert.Null(Find(Schema.Silos, (long)a.Incarnation));
        Assert.Throws<MetadataConditionException>(() => Acquire(a, "x"));
    }

    [Fact]
    public void StoreThatCannotBeReached_SuspendsReads_ButLosesNothing()
    {
        var silo = StartSilo("a");
        var ownership = Acquire(silo, "x");
        _store.IsUnavailable = true;
        _world.RunFor(Options.LeaseDuration * 0.9);
        Assert.True(ownership.MayServeReads);
        _world.RunFor(Options.LeaseDuration);
        Assert.False(ownership.MayServeReads);
        Assert.IsType<MetadataUnavailableException>(silo.Manager.RenewalFailure);

        _store.IsUnavailable = false;
        _world.RunFor(Options.RenewInterval * 1.5);

        Assert.True(ownership is { MayServeReads: true, IsLost: false });
        Assert.Null(silo.Manager.RenewalFailure);
    }

    [Fact]
    public void SiloThatIsSilentTooLong_IsStruckOff()
    {
        var (a, b) = (StartSilo("a"), StartSilo("b"));
        var (first, _) = (Acquire(a, "x"), Acquire(a, "y"));
        a.Node.IsPaused = true;
        Acquire(b, "x");
        Assert.Single(Takeovers());

        _world.RunFor(Options.ExpelAfter + (Options.LeaseDuration * 3));

        Assert.Null(Find(Schema.Silos, (long)a.Incarnation));
        Assert.Empty(Takeovers());
        var before = _world.Now;
        Assert.Equal(2, Acquire(b, "y").Epoch);
        Assert.Equal(before, _world.Now);
        a.Node.IsPaused = false;
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        Assert.True(first.IsLost && a.Manager.Expelled.IsCancellationRequested);
        Assert.Throws<MetadataConditionException>(() => Acquire(a, "x"));
    }

    /// <summary>A wakes up when it is being struck off, while its row is still there.</summary>
    [Fact]
    public void SiloThatIsBeingStruckOff_NotesItAndLosesEverything()
    {
        var (a, _) = (StartSilo("a"), StartSilo("b"));
        var first = Acquire(a, "x");
        a.Node.IsPaused = true;
        _world.RunFor(Options.ExpelAfter + Options.LeaseDuration);
        Assert.NotNull(Find(Schema.Silos, (long)a.Incarnation));
        Assert.Equal("", Assert.Single(Takeovers()).Key.Owner);

        a.Node.IsPaused = false;
        _world.RunFor(TimeSpan.FromMilliseconds(1));

        Assert.True(first.IsLost && a.Manager.Expelled.IsCancellationRequested);
        Assert.Null(Find(Schema.Silos, (long)a.Incarnation));
    }

    [Fact]
    public void ExclusiveStore_NeedsNoLeaseAndNoWaiting()
    {
        var store = new MemoryMetadataStore();
        var node = _world.AddNode("n");
        var dead = Start(store, node);
        Assert.True(_world.Await(node.Start(() => dead.Manager.AcquireAsync("x", default))).MayServeReads);

        var live = Start(store, node);
        var ownership = _world.Await(node.Start(() => live.Manager.AcquireAsync("x", default)));
        _world.RunFor(TimeSpan.FromMinutes(10));

        Assert.True(ownership is { MayServeReads: true, Epoch: 2 });
        var again = _world.Await(node.Start(() => live.Manager.AcquireAsync("x", default)));
        Assert.True(again.MayServeReads && ownership.IsLost);
    }

    [Fact]
    public void Incarnations_AreNeverGivenTwice()
    {
        var nodes = Enumerable.Range(0, 20).Select(i => _world.AddNode($"n{i}")).ToArray();
        var registrations = nodes
            .Select(node => node.Start(() => SiloRegistration.RegisterAsync(_store, node.Name, node.Clock, default)))
            .ToArray();
        _world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(
            Enumerable.Range(1, 20), registrations.Select(registration => (int)_world.Await(registration)).Order());
    }

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        OwnershipOptions[] bad =
        [
            new() { RenewInterval = TimeSpan.Zero },
            new() { LeaseDuration = TimeSpan.FromMilliseconds(999) },
            new() { ClockRateMargin = -0.1 },
            new() { ExpelAfter = TimeSpan.FromSeconds(3) },
        ];

        Assert.All(bad, options => Assert.Throws<ArgumentOutOfRangeException>(options.Validate));
        Options.Validate();
    }

    private Silo StartSilo(string name) => Start(_store, _world.AddNode(name));

    private Silo Start(IMetadataStore store, SimulatedNode node)
    {
        var incarnation = _world.Await(node.Start(() => SiloRegistration.RegisterAsync(store, node.Name, node.Clock, default)));
        var manager = new OwnershipManager(store, incarnation, Options, node.Clock);
        _world.Await(node.Start(() => manager.StartAsync(default)));
        return new Silo(node, manager, incarnation);
    }

    private Ownership Acquire(Silo silo, string owner) =>
        _world.Await(silo.Node.Start(() => silo.Manager.AcquireAsync(owner, default)));

    private TRow? Find<TKey, TRow>(Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class =>
        _world.Await(_store.FindAsync(table, key, default).AsTask());

    private IReadOnlyList<TakeoverRow> Takeovers()
    {
        var everything = new KeyRange<TakeoverKey>(new(0, "", 0), FromInclusive: true, new(long.MaxValue, "", 0));
        return _world.Await(_store.ScanAsync(Schema.Takeovers, everything, 100, default).AsTask());
    }

    private sealed record Silo(SimulatedNode Node, OwnershipManager Manager, uint Incarnation);
}
