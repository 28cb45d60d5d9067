using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using OrleansStorage.Pools.Healing;
using OrleansStorage.Pools.Tests.Healing.Simulation;
using Xunit;

namespace OrleansStorage.Pools.Tests.Healing;

/// <summary>Two groups of mirror:3 on six devices in as many domains, and one at a time what may happen to them.</summary>
public sealed class PoolHealerTests
{
    private readonly SimulatedTime _time = new();
    private readonly ChaosDevice[] _devices;
    private readonly PoolMembers _members = new();
    private readonly GroupMap _groups;
    private readonly MemoryGroupRegistry _registry;
    private readonly MirrorProtection _protection;
    private readonly HashSet<BlobId> _inFlight = [];
    private readonly PoolHealer _healer;

    public PoolHealerTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _devices = [.. Enumerable.Range(1, 6).Select(i =>
            new ChaosDevice(new Guid(i, 0, 0, new byte[8]), 1 << 20, _time, TestSeed.Create(i)))];
        var groups = new[] { Group(1, 0, 1, 2), Group(2, 3, 4, 5) };
        _registry = new MemoryGroupRegistry(groups);
        _groups = new GroupMap(groups, _members);
        _protection = new MirrorProtection(3, _members);
        _healer = new PoolHealer(
            _groups,
            _members,
            _protection,
            _registry,
            _inFlight.Contains,
            new HealBudget(new HealBudgetOptions(), _time, null),
            new PoolHealerOptions { Time = _time });
        foreach (var device in _devices)
        {
            _healer.Join(Describe(device), device, MemberState.Online);
        }
    }

    [Fact]
    public void WholePool_IsLookedAtOnce_AndLeftAlone()
    {
        Write(1, 10);

        var round = Run();

        Assert.True(round.IsSettled);
        Assert.Equal(2, _healer.Status.RedundancyLeft);
        var lists = _devices.Sum(d => d.Lists);
        Run();
        Assert.Equal(lists, _devices.Sum(d => d.Lists));
    }

    [Fact]
    public void LostDevice_IsReplaced_AndItsFragmentsAreRebuilt()
    {
        Write(1, 10);
        _devices[1].Kill();
        _healer.DeclareLost(IdOf(1));
        Assert.Equal(1, _healer.Status.RedundancyLeft);

        var round = Run();

        Assert.True(round.IsSettled);
        Assert.DoesNotContain(IdOf(1), _registry.Groups[0].Devices);
        Assert.Equal(2UL, _registry.Groups[0].Epoch);
        AssertInPlace(1, 10);
        Assert.Equal((2, 0L, 10L), (_healer.Status.RedundancyLeft, _healer.Status.BlobsDegraded, _healer.Status.FragmentsRebuilt));
        Assert.Equal(RemovalObstacle.None, _healer.TryRemove(IdOf(1)));
    }

    [Fact]
    public void LeastProtectedBlobs_AreRebuiltFirst()
    {
        Write(1, 10);
        Run();
        _devices[0].Lose(Fragment(1, 3, 0));
        _devices[2].Lose(Fragment(1, 8, 2));
        _devices[1].Lose(Fragment(1, 8, 1));
        foreach (var blob in Enumerable.Range(1, 10))
        {
            _healer.ReportDamaged(Fragment(1, blob, 0));
        }

        var pass = _time.Run(Healer(blobsPerPass: 1).RunPassAsync(_groups.Find(1)!, CancellationToken.None));

        Assert.Equal((GroupOutlook.Again, 0, 2L, 2), (pass.Outlook, pass.RedundancyLeft, pass.BlobsDegraded, pass.Rebuilt));
        Assert.True(_devices[1].IsIntact(Fragment(1, 8, 1)));
        Assert.False(_devices[0].IsIntact(Fragment(1, 3, 0)));
    }

    [Fact]
    public void DamagedFragment_IsMadeAnew()
    {
        Write(1, 3);
        Run();
        _devices[0].Flip(Fragment(1, 2, 0));
        _healer.ReportDamaged(Fragment(1, 2, 0));

        Run();

        AssertInPlace(1, 3);
        Assert.Equal(1, _healer.Status.FragmentsRebuilt);
    }

    [Fact]
    public void BlobWhoseCopiesAreAllDamaged_IsNamed()
    {
        Write(1, 3);
        Run();
        for (var slot = 0; slot < 3; slot++)
        {
            _devices[slot].Flip(Fragment(1, 2, slot));
        }

        // One is known; the others are found when it is to be made anew.
        _healer.ReportDamaged(Fragment(1, 2, 0));
        Run();

        var status = _healer.Status;
        Assert.Equal([new BlobId(1, 1, 2)], status.Unrepairable);
        Assert.Equal((-1, 1L), (status.RedundancyLeft, status.BlobsUnrepairable));
    }

    [Fact]
    public void BlobInFlight_IsLeftAlone_UntilItsFateIsKnown()
    {
        Write(1, 1);
        _inFlight.Add(new BlobId(1, 1, 1));
        _devices[0].Lose(Fragment(1, 1, 0));

        Assert.False(Run().IsSettled);
        Assert.False(_devices[0].IsIntact(Fragment(1, 1, 0)));

        _inFlight.Clear();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(Run().IsSettled);
        AssertInPlace(1, 1);
    }

    [Fact]
    public void DrainedDevice_IsEmptied_WithoutLesseningProtection_AndLeaves()
    {
        Write(1, 10);
        Run();
        Assert.Equal(RemovalObstacle.HasSlots, _healer.TryRemove(IdOf(0)));
        _healer.Drain(IdOf(0));

        var round = Run();

        Assert.Equal([IdOf(0)], round.Left);
        Assert.Empty(_devices[0].Stored);
        Assert.True(_groups.Find(1)!.TakesWrites);
        AssertInPlace(1, 10);

        // Copied, not rebuilt: nothing was ever found degraded.
        Assert.Equal((2, 10L), (_healer.Status.RedundancyLeft, _healer.Status.FragmentsRebuilt));
        Assert.Equal(RemovalObstacle.Unknown, _healer.TryRemove(IdOf(0)));
    }

    [Fact]
    public void DeviceThatReturnsAfterItWasLost_IsEmptied()
    {
        Write(1, 10);
        Run();
        _devices[2].Kill();
        _healer.DeclareLost(IdOf(2));
        Run();
        Delete(1, 4);
        _devices[2].Restart();
        Assert.Equal(10, _devices[2].Stored.Count);

        Assert.Equal(MemberReason.ReturnedAfterLoss, _healer.Observe(IdOf(2), MemberObservation.Answered(TimeSpan.Zero))?.Reason);
        Run();

        // What was deleted meanwhile cannot be told from what is the last of a blob: it is kept where it belongs, for the sweeper.
        Assert.DoesNotContain(_devices[2].Stored.Keys, f => f.Blob.Group == 1 && _groups.Find(1)!.Devices[f.Number] != IdOf(2));
        Delete(1, 4);
        Run();
        Assert.DoesNotContain(_devices.SelectMany(d => d.Stored.Keys), f => f.Blob.Sequence == 4);
        AssertInPlace(1, 3);
    }

    [Fact]
    public void DeviceThatReturnsWithTheLastCopies_GivesThemBack()
    {
        Write(1, 10);
        Run();
        for (var device = 0; device < 3; device++)
        {
            _devices[device].Kill();
            _healer.DeclareLost(IdOf(device));
        }

        Run();
        Assert.Equal([IdOf(3), IdOf(4), IdOf(5)], _groups.Find(1)!.Devices.Order());
        SetBallast(1 << 20);
        _devices[2].Restart();
        _healer.Observe(IdOf(2), MemberObservation.Answered(TimeSpan.Zero));
        Run();

        // The others have no room for them: they are the last, wherever they belong.
        Assert.Equal(10, _devices.Skip(2).SelectMany(d => d.Stored.Keys).Select(f => f.Blob).Distinct().Count());

        SetBallast(0);
        _time.Advance(TimeSpan.FromSeconds(6));
        Run();
        AssertInPlace(1, 10);
        Assert.DoesNotContain(_devices[2].Stored.Keys, f => f.Blob.Group == 1 && _groups.Find(1)!.Devices[f.Number] != IdOf(2));
    }

    [Fact]
    public void DeviceThatReturnsInTime_CatchesUp()
    {
        Write(1, 5);
        Run();
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _healer.Observe(IdOf(1), MemberObservation.NoAnswer);
        }

        _devices[1].Lose(Fragment(1, 2, 1));
        Assert.Equal(MemberReason.AnswersAgain, _healer.Observe(IdOf(1), MemberObservation.Answered(TimeSpan.Zero))?.Reason);
        Run();

        Assert.Equal(1UL, _groups.Find(1)!.Epoch);
        Assert.Equal(1, _healer.Status.FragmentsRebuilt);
        AssertInPlace(1, 5);
    }

    [Fact]
    public void FullDevice_GivesItsSlotAway()
    {
        Write(1, 5);
        Run();
        _devices[1].Lose(Fragment(1, 2, 1));
        _devices[1].BallastBytes = 1 << 20;
        _healer.ReportDamaged(Fragment(1, 2, 1));

        Run();

        Assert.DoesNotContain(IdOf(1), _groups.Find(1)!.Devices);
        AssertInPlace(1, 5);
    }

    [Fact]
    public void SlotThatNobodyCanTake_IsNamed_AndIsGivenAwayWhenADeviceJoins()
    {
        Write(1, 5);
        SetBallast(1 << 20);
        _devices[0].Kill();
        _healer.DeclareLost(IdOf(0));
        Run();
        Assert.Equal([new UnplacedSlot(1, 0, IdOf(0), UnplacedReason.NoRoom)], _healer.Status.Unplaced);
        Assert.Equal(1, _healer.Status.RedundancyLeft);
        Assert.Equal(RemovalObstacle.HasSlots, _healer.TryRemove(IdOf(0)));

        var joined = new ChaosDevice(new Guid(7, 0, 0, new byte[8]), 1 << 20, _time, TestSeed.Create(7));
        _healer.Join(Describe(joined), joined, MemberState.Online);
        Run();

        Assert.Empty(_healer.Status.Unplaced);
        Assert.Contains(joined.Identity.Id, _groups.Find(1)!.Devices);
        Assert.Equal(2, _healer.Status.RedundancyLeft);
    }

    [Fact]
    public void GroupThatSomebodyElseChanged_IsTakenAsItIs()
    {
        Write(1, 5);
        Run();
        var other = _groups.Find(1)! with { Epoch = 2, Devices = [IdOf(0), IdOf(1), IdOf(4)] };
        _time.Run(_registry.CommitAsync(other, CancellationToken.None));
        _devices[1].Kill();
        _healer.DeclareLost(IdOf(1));

        Run();

        Assert.Equal(3UL, _groups.Find(1)!.Epoch);
        Assert.Equal(IdOf(4), _groups.Find(1)!.Devices[2]);
        AssertInPlace(1, 5);
    }

    private static StripeGroup Group(uint id, params int[] devices) =>
        new(id, 1, [.. devices.Select(i => new Guid(i + 1, 0, 0, new byte[8]))]);

    private static FragmentId Fragment(uint group, int blob, int slot) => new(new BlobId(group, 1, (ulong)blob), (byte)slot);

    private static PoolDevice Describe(ChaosDevice device) =>
        new(device.Identity.Id, $"domain {device.Identity.Id}", device.Identity.CapacityBytes);

    private void SetBallast(long bytes)
    {
        foreach (var device in _devices.Skip(3))
        {
            device.BallastBytes = bytes;
        }
    }

    private Guid IdOf(int device) => _devices[device].Identity.Id;

    private GroupHealer Healer(int blobsPerPass) => new(
        _members,
        _protection,
        _inFlight.Contains,
        new HealBudget(new HealBudgetOptions(), _time, null),
        new HealFigures(_time),
        new GroupHealerOptions { BlobsPerPassMax = blobsPerPass },
        _time);

    private void Write(uint group, int blobs)
    {
        for (var blob = 1; blob <= blobs; blob++)
        {
            var failures = _time.Run(_protection.WriteAsync(
                _groups.Find(group)!, new BlobId(group, 1, (ulong)blob), SimulatedDevice.Payload(blob, 100 * blob)));
            Assert.Empty(failures);
        }
    }

    private void Delete(uint group, int blob) => _time.Run(_protection.DeleteAsync(
        _groups.Find(group)!, [new BlobId(group, 1, (ulong)blob)], CancellationToken.None));

    private HealRound Run() => _time.Run(_healer.RunAsync(CancellationToken.None));

    private void AssertInPlace(uint group, int blobs)
    {
        var devices = _groups.Find(group)!.Devices;
        for (var slot = 0; slot < devices.Count; slot++)
        {
            var device = (ChaosDevice)_members.Find(devices[slot])!;
            for (var blob = 1; blob <= blobs; blob++)
            {
                Assert.True(device.IsIntact(Fragment(group, blob, slot)), $"{Fragment(group, blob, slot)}");
                Assert.Equal(SimulatedDevice.Payload(blob, 100 * blob), device.Stored[Fragment(group, blob, slot)]);
            }
        }
    }
}
