// Measures same-silo grain calls: nanoseconds and allocated bytes per call, the best and the median of several rounds.
// Usage: OrleansStorage.Bench.Engine [calls per round, default 200000] [rounds, default 7]
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using OrleansStorage.Bench;

var calls = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;

var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.UseOrleans(silo => silo.UseLocalhostClustering());
using var host = builder.Build();
await host.StartAsync();
var client = host.Services.GetRequiredService<IClusterClient>();
var grain = client.GetGrain<IEmptyGrain>(1);
var caller = client.GetGrain<ICallerGrain>(1);
var bytes = new byte[4096];
await grain.NothingAsync();
await caller.CallAsync(2, 1);

#if ORLEANS_EMBEDDED
const string Engine = "embedded";
#else
const string Engine = "Microsoft.Orleans";
#endif
Console.WriteLine($"engine {Engine}, {Environment.ProcessorCount} cores, {calls} calls a round, {rounds} rounds");
Console.WriteLine($"{"call",-34} {"best ns",9} {"median ns",10} {"bytes",7}");
await MeasureAsync("client, ValueTask", count => LoopAsync(count, () => grain.NothingAsync()));
await MeasureAsync("client, Task", count => LoopTaskAsync(count, () => grain.NothingAsTaskAsync()));
await MeasureAsync("client, ValueTask<int> of two ints", count => LoopAddAsync(count));
await MeasureAsync("client, yielding", count => LoopAsync(count, () => grain.YieldAsync()));
await MeasureAsync("client, one-way", count => LoopTaskAsync(count, () => grain.NotifyAsync()));
await MeasureAsync("client, 4 KiB copied", count => LoopAsync(count, () => grain.TakeBytesAsync(bytes)));
await MeasureAsync("client, 4 KiB immutable", count => LoopAsync(count, () => grain.TakeImmutableAsync(bytes.AsImmutable())));
await MeasureAsync("grain to grain, ValueTask", count => caller.CallAsync(2, count));
await MeasureAsync("2 callers, a grain each", count => Task.WhenAll(
    OnPoolAsync(() => LoopAsync(count / 2, () => client.GetGrain<IEmptyGrain>(10).NothingAsync())),
    OnPoolAsync(() => LoopAsync(count / 2, () => client.GetGrain<IEmptyGrain>(11).NothingAsync()))));
await MeasureAsync("2 callers, kept references", count =>
{
    var (left, right) = (client.GetGrain<IEmptyGrain>(10), client.GetGrain<IEmptyGrain>(11));
    return Task.WhenAll(OnPoolAsync(() => LoopAsync(count / 2, () => left.NothingAsync())), OnPoolAsync(() => LoopAsync(count / 2, () => right.NothingAsync())));
});
await MeasureAsync("2 callers, one grain", count => Task.WhenAll(
    OnPoolAsync(() => LoopAsync(count / 2, () => grain.NothingAsync())), OnPoolAsync(() => LoopAsync(count / 2, () => grain.NothingAsync()))));
await host.StopAsync();

async Task MeasureAsync(string name, Func<int, Task> run)
{
    await run(Math.Min(calls, 50_000));
    List<double> nanoseconds = [];
    long allocated = 0;
    for (var round = 0; round < rounds; round++)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await run(calls);
        nanoseconds.Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls);
        allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / calls;
    }

    nanoseconds.Sort();
    Console.WriteLine($"{name,-34} {nanoseconds[0],9:F0} {nanoseconds[rounds / 2],10:F0} {allocated,7}");
}

static async Task LoopAsync(int count, Func<ValueTask> call)
{
    for (var index = 0; index < count; index++)
    {
        await call();
    }
}

#pragma warning disable RS0030 // A client is no grain: its callers run side by side on the thread pool.
static Task OnPoolAsync(Func<Task> run) => Task.Run(run);
#pragma warning restore RS0030

static async Task LoopTaskAsync(int count, Func<Task> call)
{
    for (var index = 0; index < count; index++)
    {
        await call();
    }
}

async Task LoopAddAsync(int count)
{
    for (var index = 0; index < count; index++)
    {
        await grain.AddAsync(index, 1);
    }
}
