using Xunit;

namespace OrleansStorage.Pools.Tests;

public sealed class PoolLayoutTests
{
    [Fact]
    public void Groups_HaveDistinctFaultDomains_AndEveryDeviceMeetsEveryOther()
    {
        var devices = Devices(6, domains: 6);

        var layout = PoolLayout.Create(devices, 3, 100);

        Assert.Equal(Enumerable.Range(100, 32).Select(i => (uint)i), layout.Groups.Select(g => g.Id));
        Assert.All(layout.Groups, group => Assert.Equal(3, group.Devices.Distinct().Count()));
        var shares = devices.ToDictionary(d => d.Id, d => layout.Groups.Count(g => g.Devices.Contains(d.Id)));
        Assert.All(shares.Values, share => Assert.Equal(16, share));
        foreach (var a in devices)
        {
            foreach (var b in devices.Where(b => b.Id != a.Id))
            {
                Assert.InRange(layout.Groups.Count(g => g.Devices.Contains(a.Id) && g.Devices.Contains(b.Id)), 3, 10);
            }
        }
    }

    [Fact]
    public void Groups_KeepFaultDomainsApart()
    {
        var devices = Devices(8, domains: 4);
        var domains = devices.ToDictionary(d => d.Id, d => d.FaultDomain);

        var layout = PoolLayout.Create(devices, 3, 1);

        Assert.All(layout.Groups, group => Assert.Equal(3, group.Devices.Select(d => domains[d]).Distinct().Count()));
    }

    [Fact]
    public void LargerDevice_IsInMoreGroups()
    {
        var devices = Devices(3, domains: 3);
        devices[0] = devices[0] with { CapacityBytes = 4 * devices[0].CapacityBytes };

        var layout = PoolLayout.Create(devices, 1, 1);

        var shares = devices.Select(d => layout.Groups.Count(g => g.Devices.Contains(d.Id))).ToList();
        Assert.Equal([32, 8, 8], shares);
    }

    [Fact]
    public void TooFewFaultDomains_AreRefused() =>
        Assert.Throws<ArgumentException>(() => PoolLayout.Create(Devices(4, domains: 2), 3, 1));

    private static List<PoolDevice> Devices(int count, int domains) =>
        [.. Enumerable.Range(0, count).Select(i => new PoolDevice(new Guid(i + 1, 0, 0, new byte[8]), $"domain {i % domains}", 1 << 30))];
}
