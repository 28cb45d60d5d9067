using OrleansStorage.Pools.Healing;
using Xunit;

namespace OrleansStorage.Pools.Tests.Healing;

public sealed class SlotPlannerTests
{
    [Fact]
    public void LostSlots_GoToOtherDomains_EvenlyAndWithTheNextEpoch()
    {
        var devices = Devices(12, domains: 6);
        var groups = PoolLayout.Create([.. devices.Select(d => new PoolDevice(d.Id, d.FaultDomain, d.CapacityBytes))], 3, 1).Groups;
        devices[0] = devices[0] with { State = MemberState.Lost };
        var domains = devices.ToDictionary(d => d.Id, d => d.FaultDomain);

        var plan = Plan(devices, groups).Replace(MemberState.Lost);

        Assert.Empty(plan.Unplaced);
        Assert.Equal(groups.Count(g => g.Devices.Contains(devices[0].Id)), plan.Moves.Count);
        Assert.All(plan.Moves, move =>
        {
            var next = move.Next();
            Assert.Equal(move.Group.Epoch + 1, next.Epoch);
            Assert.Equal(1, next.Devices.Zip(move.Group.Devices).Count(pair => pair.First != pair.Second));
            Assert.Equal(3, next.Devices.Select(id => domains[id]).Distinct().Count());
        });
        var shares = plan.Moves.CountBy(move => move.To).Select(pair => pair.Value).ToList();
        Assert.Equal(11, shares.Count);
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        Assert.Equal(
            plan.Moves.Select(m => (m.Group.Id, m.To)), Plan(devices, groups).Replace(MemberState.Lost).Moves.Select(m => (m.Group.Id, m.To)));
    }

    [Fact]
    public void TwoLostSlotsOfOneGroup_AreTwoEpochs()
    {
        var devices = Devices(6, domains: 6);
        var group = new StripeGroup(1, 7, [devices[0].Id, devices[1].Id, devices[2].Id]);
        devices[0] = devices[0] with { State = MemberState.Lost };
        devices[2] = devices[2] with { State = MemberState.Lost };

        var plan = Plan(devices, [group]).Replace(MemberState.Lost);

        Assert.Equal([8UL, 9UL], plan.Moves.Select(move => move.Next().Epoch));
        Assert.Empty(plan.Moves[1].Next().Devices.Intersect([devices[0].Id, devices[2].Id]));
    }

    [Theory]
    [InlineData(UnplacedReason.NoDevice)]
    [InlineData(UnplacedReason.NoFaultDomain)]
    [InlineData(UnplacedReason.NoRoom)]
    public void SlotThatCannotBePlaced_SaysWhy(UnplacedReason reason)
    {
        var devices = Devices(4, domains: 4);
        var group = new StripeGroup(1, 1, [.. devices.Take(3).Select(d => d.Id)]);
        devices[0] = devices[0] with { State = MemberState.Lost };
        devices[3] = reason switch
        {
            UnplacedReason.NoDevice => devices[3] with { State = MemberState.Suspect },
            UnplacedReason.NoFaultDomain => devices[3] with { FaultDomain = devices[1].FaultDomain },
            _ => devices[3] with { UsedBytes = 85 },
        };

        var plan = Plan(devices, [group], slotBytes: 10).Replace(MemberState.Lost);

        Assert.Empty(plan.Moves);
        Assert.Equal([new UnplacedSlot(1, 0, devices[0].Id, reason)], plan.Unplaced);
    }

    [Fact]
    public void Device_IsNotPlannedFull()
    {
        var devices = Devices(4, domains: 4);
        var groups = Enumerable.Range(1, 20).Select(i => new StripeGroup((uint)i, 1, [.. devices.Take(3).Select(d => d.Id)])).ToList();
        devices[0] = devices[0] with { State = MemberState.Lost };

        var plan = Plan(devices, groups, slotBytes: 10).Replace(MemberState.Lost);

        // 9 of 10 bytes in 100, and a tenth is kept.
        Assert.Equal(9, plan.Moves.Count);
        Assert.Equal(11, plan.Unplaced.Count);
    }

    [Fact]
    public void NewDevice_GetsItsShare_AndNothingElseMoves()
    {
        var devices = Devices(6, domains: 6);
        var groups = PoolLayout.Create([.. devices.Select(d => new PoolDevice(d.Id, d.FaultDomain, d.CapacityBytes))], 3, 1).Groups.ToList();
        var joined = new PlannerDevice(new Guid(99, 0, 0, new byte[8]), "domain 99", 100, 0, MemberState.Online);
        devices.Add(joined);
        var moves = new List<SlotMove>();
        while (Plan(devices, groups).Rebalance(2) is { Count: > 0 } some)
        {
            Assert.InRange(some.Count, 1, 2);
            moves.AddRange(some);
            foreach (var move in some)
            {
                groups[groups.FindIndex(g => g.Id == move.Group.Id)] = move.Next();
            }

            Assert.InRange(moves.Count, 1, 100);
        }

        // 32 groups of 3 slots over 7 devices are 13.7 each.
        Assert.All(moves, move => Assert.Equal(joined.Id, move.To));
        Assert.InRange(moves.Count, 12, 14);
        Assert.InRange(moves.CountBy(move => move.From).Max(pair => pair.Value), 2, 3);
    }

    [Fact]
    public void EvenShares_AreLeftAlone()
    {
        var devices = Devices(6, domains: 6);
        var groups = PoolLayout.Create([.. devices.Select(d => new PoolDevice(d.Id, d.FaultDomain, d.CapacityBytes))], 3, 1).Groups;

        Assert.Empty(Plan(devices, groups).Rebalance(10));
    }

    private static SlotPlanner Plan(IEnumerable<PlannerDevice> devices, IEnumerable<StripeGroup> groups, long slotBytes = 0) =>
        new(devices, groups, _ => slotBytes, reserve: 0.1);

    private static List<PlannerDevice> Devices(int count, int domains) => [.. Enumerable.Range(0, count).Select(i =>
        new PlannerDevice(new Guid(i + 1, 0, 0, new byte[8]), $"domain {i % domains}", 100, 0, MemberState.Online))];
}
