using Orleans.Concurrency;
using Xunit;

namespace OrleansStorage.Parity;

public interface IMortalGrain : IGrainWithStringKey
{
    Task<string> GetActivationAsync();

    Task DieAsync();

    Task HoldAndDieAsync(string gate);

    [AlwaysInterleave]
    Task<string> PeekAsync();

    Task DelayAsync();
}

public interface IShortLivedGrain : IMortalGrain;

public interface ILongLivedGrain : IMortalGrain;

public abstract class MortalGrain : Grain, IMortalGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Journal.Add(this.GetPrimaryKeyString(), "activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Journal.Add(this.GetPrimaryKeyString(), $"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<string> GetActivationAsync() => Task.FromResult(GrainContext.ActivationId.ToString());

    public Task<string> PeekAsync() => GetActivationAsync();

    public Task DieAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task HoldAndDieAsync(string gate)
    {
        DeactivateOnIdle();
        await Gate.Of(gate).PassAsync();
        Journal.Add(this.GetPrimaryKeyString(), "call ended");
    }

    public Task DelayAsync()
    {
        DelayDeactivation(TimeSpan.FromMinutes(5));
        return Task.CompletedTask;
    }
}

[CollectionAgeLimit("00:00:02")]
public sealed class ShortLivedGrain : MortalGrain, IShortLivedGrain;

[KeepAlive]
public sealed class LongLivedGrain : MortalGrain, ILongLivedGrain;

[Collection(SharedCluster.Name)]
public sealed class LifeTests(SharedCluster shared)
{
    private IMortalGrain Grain(string key) => shared.Client.GetGrain<ILongLivedGrain>(key);

    [Fact]
    public async Task DeactivateOnIdle_EndsTheActivationAndTheNextCallMakesAnother()
    {
        var first = await Grain("die").GetActivationAsync();
        Assert.Equal(first, await Grain("die").GetActivationAsync());
        await Grain("die").DieAsync();
        Assert.NotEqual(first, await Grain("die").GetActivationAsync());
        Assert.Equal(["activated", "deactivated ApplicationRequested", "activated"], Journal.Of("die"));
    }

    [Fact]
    public async Task Deactivation_WaitsForTheRunningCallAndSendsTheWaitingOnesOn()
    {
        var first = await Grain("wait").GetActivationAsync();
        var hold = Grain("wait").HoldAndDieAsync("wait");
        await Gate.Of("wait").Entered;
        var waiting = Grain("wait").GetActivationAsync();
        var interleaving = Grain("wait").PeekAsync();
        Assert.False(interleaving.IsCompleted);
        Gate.Of("wait").Open();
        await hold;

        Assert.NotEqual(first, await waiting);
        Assert.Equal(await waiting, await interleaving);
        Assert.Equal(["activated", "call ended", "deactivated ApplicationRequested", "activated"], Journal.Of("wait"));
    }

    [Fact]
    public async Task IdleActivation_IsCollectedUnlessItAskedForDelay()
    {
        IMortalGrain collected = shared.Client.GetGrain<IShortLivedGrain>("collected");
        IMortalGrain delayed = shared.Client.GetGrain<IShortLivedGrain>("delayed");
        await delayed.DelayAsync();
        var kept = await delayed.GetActivationAsync();
        var lost = await collected.GetActivationAsync();
        await Journal.WhenAsync("collected", "deactivated ActivationIdle");
        Assert.NotEqual(lost, await collected.GetActivationAsync());
        Assert.Equal(kept, await delayed.GetActivationAsync());
    }
}
