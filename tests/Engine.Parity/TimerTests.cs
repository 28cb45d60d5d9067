using Xunit;

namespace OrleansStorage.Parity;

public interface ITimerGrain : IGrainWithStringKey
{
    Task StartAsync(string journal, bool interleave, int periodMs);

    Task HoldAsync(string gate);

    Task<int> StopAsync();

    Task<int> GetTicksAsync();

    Task StartOnceAsync(string journal);

    Task ChangeAsync();
}

public sealed class TimerGrain : Grain, ITimerGrain
{
    private IGrainTimer? _timer;
    private string _journal = "";
    private int _ticks;

    public Task StartAsync(string journal, bool interleave, int periodMs)
    {
        _journal = journal;
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.TickAsync(),
            this,
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(periodMs)) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartOnceAsync(string journal)
    {
        _journal = journal;
        _timer = this.RegisterGrainTimer(TickAsync, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task ChangeAsync()
    {
        _timer!.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public async Task HoldAsync(string gate)
    {
        Journal.Add(_journal, "holding");
        await Gate.Of(gate).PassAsync();
        Journal.Add(_journal, "released");
    }

    public Task<int> StopAsync()
    {
        _timer!.Dispose();
        return Task.FromResult(_ticks);
    }

    public Task<int> GetTicksAsync() => Task.FromResult(_ticks);

    private async Task TickAsync()
    {
        await Task.Yield();
        _ticks++;
        Journal.Add(_journal, $"tick {_ticks}");
    }
}

[Collection(SharedCluster.Name)]
public sealed class TimerTests(SharedCluster shared)
{
    private ITimerGrain Grain(string key) => shared.Client.GetGrain<ITimerGrain>(key);

    [Fact]
    public async Task Timer_TicksUntilItIsDisposed()
    {
        var grain = Grain("ticking");
        await grain.StartAsync("ticking", interleave: false, periodMs: 5);
        await Journal.WhenAsync("ticking", "tick 3");
        var ticks = await grain.StopAsync();

        // A second timer that ticks thrice shows that time went on.
        await Grain("witness").StartAsync("witness", interleave: false, periodMs: 5);
        await Journal.WhenAsync("witness", "tick 3");
        await Grain("witness").StopAsync();
        Assert.Equal(ticks, await grain.GetTicksAsync());
    }

    [Fact]
    public async Task Tick_IsATurnOfItsOwn()
    {
        var grain = Grain("turns");
        var hold = grain.HoldAsync("turns");
        await Gate.Of("turns").Entered;
        Gate.Of("turns").Open();
        await hold;

        await grain.StartAsync("turns", interleave: false, periodMs: 5);
        await Journal.WhenAsync("turns", "tick 1");
        var second = grain.HoldAsync("turns again");
        await Gate.Of("turns again").Entered;
        var held = Journal.Of("turns").Count;
        await Grain("turns witness").StartAsync("turns witness", interleave: false, periodMs: 5);
        await Journal.WhenAsync("turns witness", "tick 4");
        await Grain("turns witness").StopAsync();
        Assert.Equal(held, Journal.Of("turns").Count);

        Gate.Of("turns again").Open();
        await second;
        await grain.StopAsync();
    }

    [Fact]
    public async Task InterleavingTick_RunsDuringACall()
    {
        var grain = Grain("interleaving");
        await grain.StartAsync("interleaving", interleave: true, periodMs: 5);
        var hold = grain.HoldAsync("interleaving");
        await Gate.Of("interleaving").Entered;
        var ticks = Journal.Of("interleaving").Count(entry => entry is string text && text.StartsWith("tick", StringComparison.Ordinal));
        await Journal.WhenAsync("interleaving", $"tick {ticks + 2}");
        Assert.False(hold.IsCompleted);
        Gate.Of("interleaving").Open();
        await hold;
        await grain.StopAsync();
    }

    [Fact]
    public async Task Timer_WithoutPeriodTicksOnceUntilItIsChanged()
    {
        var grain = Grain("once");
        await grain.StartOnceAsync("once");
        await Journal.WhenAsync("once", "tick 1");
        await grain.ChangeAsync();
        await Journal.WhenAsync("once", "tick 2");
        Assert.Equal(2, await grain.StopAsync());
    }
}
