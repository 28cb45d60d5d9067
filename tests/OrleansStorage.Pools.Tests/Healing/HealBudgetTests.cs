using OrleansStorage.Devices.Tests.Simulation;
using OrleansStorage.Pools.Healing;
using Xunit;

namespace OrleansStorage.Pools.Tests.Healing;

public sealed class HealBudgetTests
{
    private readonly SimulatedTime _time = new();

    [Fact]
    public void Spending_IsHeldToTheRate()
    {
        var budget = new HealBudget(Options(), _time, null);
        var begin = _time.GetTimestamp();

        for (var i = 0; i < 110; i++)
        {
            _time.Run(budget.SpendAsync(100, CancellationToken.None));
        }

        // A burst of 1,000 at once; of the other 10,000, the last 100 are owed.
        Assert.InRange(_time.GetElapsedTime(begin).TotalSeconds, 9.8, 10.1);
    }

    [Fact]
    public void SlowForeground_HalvesTheRate_DownToTheLeast_AndItComesBack()
    {
        var foreground = new Foreground { P99 = TimeSpan.FromMilliseconds(80) };
        var budget = new HealBudget(Options(), _time, foreground);
        var rates = new List<long>();
        for (var i = 0; i < 14; i++)
        {
            foreground.P99 = TimeSpan.FromMilliseconds(i < 5 ? 80 : 20);
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.Run(budget.SpendAsync(1, CancellationToken.None));
            rates.Add(budget.BytesPerSecond);
        }

        Assert.Equal([500, 250, 125, 100, 100, 225, 350, 475, 600, 725, 850, 975, 1000, 1000], rates);
    }

    private static HealBudgetOptions Options() => new() { BytesPerSecond = 1000, BytesPerSecondMin = 100, BurstBytes = 1000 };

    private sealed class Foreground : IForegroundLatency
    {
        public TimeSpan P99 { get; set; }
    }
}
