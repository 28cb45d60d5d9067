using Orleans.Concurrency;
using Xunit;

namespace OrleansStorage.Parity;

public interface ICallGrain : IGrainWithStringKey
{
    Task AppendAsync(int number);

    Task<int[]> GetAllAsync();

    Task<string> DescribeSchedulerAsync();

    ValueTask<int> AddAsync(int left, int right);

    ValueTask<int> AddLaterAsync(int left, int right);

    ValueTask TouchAsync();

    Task<string> WaitForCancellationAsync(string journal, CancellationToken cancellationToken);

    Task<bool> CanBeCancelledAsync(CancellationToken cancellationToken);

    [OneWay]
    Task NotifyAsync(string gate);

    void Fire(string journal);

    [OneWay]
    Task NotifyAndFailAsync(string journal);

    [ResponseTimeout("00:00:01")]
    Task HoldBrieflyAsync(string gate);

    Task<string> CallOtherAsync(ICallGrain other);

    Task<string> WhoAmIAsync();

    Task<ICallGrain> GetSelfAsync();

    Task<SiloAddress> GetSiloAsync();
}

public sealed class CallGrain : Grain, ICallGrain
{
    private readonly List<int> _numbers = [];
    private bool _isBusy;

    public async Task AppendAsync(int number)
    {
        if (_isBusy)
        {
            throw new InvalidOperationException("Two calls run at once.");
        }

        _isBusy = true;
        await Task.Yield();
        _numbers.Add(number);
        _isBusy = false;
    }

    public Task<int[]> GetAllAsync() => Task.FromResult(_numbers.ToArray());

    public async Task<string> DescribeSchedulerAsync()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        var afterYield = ReferenceEquals(before, TaskScheduler.Current);
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        var afterDelay = ReferenceEquals(before, TaskScheduler.Current);
        var child = await Task.Factory.StartNew(
            () => ReferenceEquals(before, TaskScheduler.Current), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current);
        return $"default {ReferenceEquals(before, TaskScheduler.Default)}, yield {afterYield}, delay {afterDelay}, child {child}";
    }

    public ValueTask<int> AddAsync(int left, int right) => new(left + right);

    public async ValueTask<int> AddLaterAsync(int left, int right)
    {
        await Task.Yield();
        return left + right;
    }

    public async ValueTask TouchAsync() => await Task.Yield();

    public async Task<string> WaitForCancellationAsync(string journal, CancellationToken cancellationToken)
    {
        Journal.Add(journal, "waiting");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return "never";
        }
        catch (OperationCanceledException)
        {
            Journal.Add(journal, "cancelled");
            throw;
        }
    }

    public Task<bool> CanBeCancelledAsync(CancellationToken cancellationToken) => Task.FromResult(cancellationToken.IsCancellationRequested);

    public async Task NotifyAsync(string gate)
    {
        await Gate.Of(gate).PassAsync();
        Journal.Add(gate, "passed");
    }

    public void Fire(string journal) => Journal.Add(journal, "fired");

    public Task NotifyAndFailAsync(string journal)
    {
        Journal.Add(journal, "failing");
        throw new InvalidOperationException("Nobody sees this.");
    }

    public Task HoldBrieflyAsync(string gate) => Gate.Of(gate).PassAsync();

    public Task<string> CallOtherAsync(ICallGrain other) => other.WhoAmIAsync();

    public Task<string> WhoAmIAsync() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<ICallGrain> GetSelfAsync() => Task.FromResult(this.AsReference<ICallGrain>());

    public Task<SiloAddress> GetSiloAsync() =>
        Task.FromResult(((ILocalSiloDetails)ServiceProvider.GetService(typeof(ILocalSiloDetails))!).SiloAddress);
}

[Collection(SharedCluster.Name)]
public sealed class CallTests(SharedCluster shared)
{
    private ICallGrain Grain(string key) => shared.Client.GetGrain<ICallGrain>(key);

    [Fact]
    public async Task Calls_RunOneAtATimeInAnyOrder()
    {
        var grain = Grain("order");
        await Task.WhenAll(Enumerable.Range(0, 200).Select(grain.AppendAsync));
        Assert.Equal(Enumerable.Range(0, 200), (await grain.GetAllAsync()).Order());
    }

    [Fact]
    public async Task GrainCode_StaysOnTheSchedulerOfItsActivation() =>
        Assert.Equal("default False, yield True, delay True, child True", await Grain("scheduler").DescribeSchedulerAsync());

    [Fact]
    public async Task ValueTasks_CompleteAtOnceAndLater()
    {
        var grain = Grain("value tasks");
        Assert.Equal(5, await grain.AddAsync(2, 3));
        Assert.Equal(5, await grain.AddLaterAsync(2, 3));
        await grain.TouchAsync();
    }

    [Fact]
    public async Task Cancellation_ReachesTheCalleeAndTheCaller()
    {
        using var source = new CancellationTokenSource();
        var call = Grain("cancel").WaitForCancellationAsync("cancel", source.Token);
        await Journal.WhenAsync("cancel", "waiting");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Journal.WhenAsync("cancel", "cancelled");
    }

    [Fact]
    public async Task CancelledToken_StopsTheCallBeforeItIsSent()
    {
        var token = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Grain("cancelled").WaitForCancellationAsync("cancelled", token));
        Assert.False(await Grain("cancelled").CanBeCancelledAsync(CancellationToken.None));
        Assert.Empty(Journal.Of("cancelled"));
    }

    [Fact]
    public async Task OneWay_ReturnsBeforeTheGrainIsDone()
    {
        await Grain("one way").NotifyAsync("one way");
        await Gate.Of("one way").Entered;
        Assert.Empty(Journal.Of("one way"));
        Gate.Of("one way").Open();
        await Journal.WhenAsync("one way", "passed");
    }

    [Fact]
    public async Task OneWay_HidesTheFailure()
    {
        await Grain("one way failing").NotifyAndFailAsync("one way failing");
        await Journal.WhenAsync("one way failing", "failing");
    }

    [Fact]
    public async Task VoidMethod_IsOneWay()
    {
        Grain("void").Fire("void");
        await Journal.WhenAsync("void", "fired");
    }

    [Fact]
    public async Task ResponseTimeout_OfTheMethod_EndsTheCall()
    {
        var call = Grain("timeout").HoldBrieflyAsync("timeout");
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        Gate.Of("timeout").Open();
    }

    [Fact]
    public async Task References_TravelAsArgumentsAndResults()
    {
        var grain = Grain("reference");
        Assert.Equal("other", await grain.CallOtherAsync(Grain("other")));
        var self = await grain.GetSelfAsync();
        Assert.Equal(grain, self);
        Assert.Equal(grain.GetGrainId(), self.GetGrainId());
        Assert.Equal("reference", await self.WhoAmIAsync());
    }
}
