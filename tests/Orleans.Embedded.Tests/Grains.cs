using System.Collections.Concurrent;
using System.Threading.Channels;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests;

/// <summary>What grains report to a test.</summary>
internal static class Reports
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Entries = new();

    public static void Add(string key, string entry) => Entries.GetOrAdd(key, static _ => new ConcurrentQueue<string>()).Enqueue(entry);

    public static IReadOnlyList<string> Take(string key) => Entries.TryRemove(key, out var entries) ? [.. entries] : [];
}

public interface IBankGrain : IGrainWithStringKey
{
    /// <summary>Reads, lets others go first, writes: loses updates wherever two of them interleave.</summary>
    Task AddCarelesslyAsync(int amount);

    Task<int> GetAsync();

    Task<string> GetPlaceAsync();

    Task<string> WorkAsync(string report, int steps);

    Task WaitForeverAsync();

    Task<int> AddThroughAsync(int depth);

    Task TakeAnythingAsync(object value);

    /// <summary>Spins for long, or waits for another call of it to come.</summary>
    ValueTask SpinOrMeetAsync(bool spin);
}

public interface ISerialBankGrain : IBankGrain;

public interface IReentrantBankGrain : IBankGrain;

#pragma warning disable CA1001 // A semaphore without a wait handle holds nothing.
public abstract class BankGrain(TimeProvider time, ILocalSiloDetails silo) : Grain, IBankGrain
{
    private static readonly Barrier Meeting = new(2);

    private readonly SemaphoreSlim _semaphore = new(1);
    private int _balance;

    public async Task AddCarelesslyAsync(int amount)
    {
        var balance = _balance;
        await Task.Yield();
        _balance = balance + amount;
    }

    public Task<int> GetAsync() => Task.FromResult(_balance);

    public Task<string> GetPlaceAsync() => Task.FromResult($"{silo.Name} {GrainContext.ActivationId}");

    public async Task<string> WorkAsync(string report, int steps)
    {
        // Everything here is to come back to the simulation's thread.
        var channel = Channel.CreateBounded<int>(2);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(7), time);
        using var source = new CancellationTokenSource(TimeSpan.FromMinutes(1), time);
        var scheduler = TaskScheduler.Current;
        var producer = ProduceAsync(channel.Writer, steps);
        var sum = 0;
        while (await channel.Reader.WaitToReadAsync(source.Token))
        {
            while (channel.Reader.TryRead(out var item))
            {
                await _semaphore.WaitAsync(source.Token);
                await timer.WaitForNextTickAsync(source.Token);
                sum += item;
                Reports.Add(report, $"{this.GetPrimaryKeyString()} {item} {time.GetUtcNow().Ticks}");
                _semaphore.Release();
            }
        }

        await producer;
        return $"{sum} {ReferenceEquals(scheduler, TaskScheduler.Current)}";
    }

    public Task WaitForeverAsync() => Task.Delay(Timeout.InfiniteTimeSpan, time);

    public async Task<int> AddThroughAsync(int depth) =>
        depth == 0 ? 0 : 1 + await GrainFactory.GetGrain<ISerialBankGrain>($"{this.GetPrimaryKeyString()}+").AddThroughAsync(depth - 1);

    public Task TakeAnythingAsync(object value) => Task.CompletedTask;

    public ValueTask SpinOrMeetAsync(bool spin)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (spin && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMilliseconds(1))
        {
            Thread.SpinWait(10);
        }

        if (!spin && !Meeting.SignalAndWait(TimeSpan.FromSeconds(20)))
        {
            throw new InvalidOperationException("The other call did not run beside this one.");
        }

        return default;
    }

#pragma warning restore CA1001

    private async Task ProduceAsync(ChannelWriter<int> writer, int count)
    {
        for (var item = 1; item <= count; item++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(3), time);
            await writer.WriteAsync(item);
        }

        writer.Complete();
    }
}

[RandomPlacement]
public sealed class SerialBankGrain(TimeProvider time, ILocalSiloDetails silo) : BankGrain(time, silo), ISerialBankGrain;

[Reentrant, RandomPlacement]
public sealed class ReentrantBankGrain(TimeProvider time, ILocalSiloDetails silo) : BankGrain(time, silo), IReentrantBankGrain;
