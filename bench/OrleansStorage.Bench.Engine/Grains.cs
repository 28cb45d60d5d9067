using Orleans.Concurrency;
using Orleans.Placement;

namespace OrleansStorage.Bench;

public interface IEmptyGrain : IGrainWithIntegerKey
{
    ValueTask NothingAsync();

    Task NothingAsTaskAsync();

    ValueTask<int> AddAsync(int left, int right);

    ValueTask YieldAsync();

    [OneWay]
    Task NotifyAsync();

    ValueTask TakeBytesAsync(byte[] bytes);

    ValueTask TakeImmutableAsync(Immutable<byte[]> bytes);
}

public interface ICallerGrain : IGrainWithIntegerKey
{
    /// <summary>Calls another grain so many times, one call after the other.</summary>
    Task CallAsync(long other, int count);
}

[PreferLocalPlacement]
public sealed class EmptyGrain : Grain, IEmptyGrain
{
    public ValueTask NothingAsync() => default;

    public Task NothingAsTaskAsync() => Task.CompletedTask;

    public ValueTask<int> AddAsync(int left, int right) => new(left + right);

    public async ValueTask YieldAsync() => await Task.Yield();

    public Task NotifyAsync() => Task.CompletedTask;

    public ValueTask TakeBytesAsync(byte[] bytes) => default;

    public ValueTask TakeImmutableAsync(Immutable<byte[]> bytes) => default;
}

[PreferLocalPlacement]
public sealed class CallerGrain : Grain, ICallerGrain
{
    public async Task CallAsync(long other, int count)
    {
        var grain = GrainFactory.GetGrain<IEmptyGrain>(other);
        for (var call = 0; call < count; call++)
        {
            await grain.NothingAsync();
        }
    }
}
