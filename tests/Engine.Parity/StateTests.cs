using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Xunit;

namespace OrleansStorage.Parity;

[GenerateSerializer, Alias("parity.state")]
public sealed class CounterState
{
    [Id(0)]
    public int Count { get; set; }

    [Id(1)]
    public List<string> Notes { get; set; } = [];
}

public interface ICounterGrain : IGrainWithStringKey
{
    Task<string> AddAsync(string note);

    Task<string> ReadAsync();

    Task ClearAsync();

    Task ForgetAsync();

    Task<string> GetActivationAsync();
}

public sealed class CounterGrain(
    [PersistentState("counter")] IPersistentState<CounterState> first,
    [PersistentState("other", "second")] IPersistentState<CounterState> second) : Grain, ICounterGrain
{
    public async Task<string> AddAsync(string note)
    {
        first.State.Count++;
        first.State.Notes.Add(note);
        await first.WriteStateAsync();

        // Not written: a copy in the storage must not see it.
        first.State.Notes.Add("unwritten");
        first.State.Notes.Remove("unwritten");
        return await ReadAsync();
    }

    public Task<string> ReadAsync() => Task.FromResult(
        $"{first.State.Count} [{string.Join(',', first.State.Notes)}] {first.RecordExists} {second.State.Count} {second.RecordExists}");

    public Task ClearAsync() => first.ClearStateAsync();

    public Task ForgetAsync()
    {
        first.State.Count = 1000;
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<string> GetActivationAsync() => Task.FromResult(GrainContext.ActivationId.ToString());
}

[Collection(SharedCluster.Name)]
public sealed class StateTests(SharedCluster shared)
{
    private ICounterGrain Grain(string key) => shared.Client.GetGrain<ICounterGrain>(key);

    [Fact]
    public async Task WrittenState_OutlivesTheActivation()
    {
        var grain = Grain("state");
        Assert.Equal("0 [] False 0 False", await grain.ReadAsync());
        Assert.Equal("1 [a] True 0 False", await grain.AddAsync("a"));
        await grain.ForgetAsync();
        Assert.Equal("1 [a] True 0 False", await grain.ReadAsync());
        await grain.ClearAsync();
        Assert.Equal("0 [] False 0 False", await grain.ReadAsync());
        Assert.Equal("1 [b] True 0 False", await grain.AddAsync("b"));
    }

    [Fact]
    public async Task StaleETag_IsRefused()
    {
        var storage = shared.Cluster.Silos[0].Services.GetRequiredKeyedService<IGrainStorage>("second");
        var id = GrainId.Create("stored", "etag");
        var mine = new GrainState<CounterState>(new CounterState { Count = 1 });
        var other = new GrainState<CounterState>(new CounterState());
        await storage.WriteStateAsync("s", id, mine);
        await storage.ReadStateAsync("s", id, other);
        Assert.Equal((1, mine.ETag, true), (other.State!.Count, other.ETag, other.RecordExists));

        mine.State!.Count = 2;
        await storage.WriteStateAsync("s", id, mine);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, other));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, other));
        await storage.ReadStateAsync("s", id, other);
        Assert.Equal(2, other.State.Count);
    }

    [Fact]
    public async Task GrainThatMeetsAConflict_FailsAndStartsAnew()
    {
        var grain = Grain("conflict");
        await grain.AddAsync("a");
        var before = await grain.GetActivationAsync();
        var storage = shared.Cluster.Silos[0].Services.GetRequiredService<IGrainStorage>();
        var state = new GrainState<CounterState>(new CounterState());
        await storage.ReadStateAsync("counter", grain.GetGrainId(), state);
        state.State!.Count = 10;
        await storage.WriteStateAsync("counter", grain.GetGrainId(), state);

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.AddAsync("b"));
        Assert.Equal("11 [a,b] True 0 False", await grain.AddAsync("b"));
        Assert.NotEqual(before, await grain.GetActivationAsync());
    }
}
