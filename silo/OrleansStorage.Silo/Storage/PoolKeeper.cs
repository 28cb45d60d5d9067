using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Pools;

namespace OrleansStorage.Silo.Storage;

/// <summary>Asks the owner of every pool how it is, which keeps it at work, and shows the answers as metrics.</summary>
public sealed class PoolKeeper : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly PoolCatalog _pools;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _host;
    private readonly ConcurrentDictionary<string, PoolHealth> _health = new(StringComparer.Ordinal);
    private readonly Meter _meter = new("OrleansStorage.Pools");

    /// <summary>Keeps the pools of a catalog.</summary>
    public PoolKeeper(PoolCatalog pools, IGrainFactory grains, TimeProvider time, IHostApplicationLifetime host)
    {
        _pools = pools;
        _grains = grains;
        _time = time;
        _host = host;
        Show("pool.degraded", "By", "Bytes of fragments that blobs lack.", health => health.BytesDegraded);
        Show("pool.redundancy.left", "{device}", "Devices that may be lost without loss of data.", health => health.RedundancyLeft);
        Show("pool.rebuilt", "By", "Bytes of fragments made anew or copied.", health => health.BytesRebuilt);
        Show("pool.rebuild.rate", "By/s", "Bytes made anew per second, lately.", health => health.RebuildBytesPerSecond);
        Show("pool.blobs.unrepairable", "{blob}", "Blobs of which too few fragments are left.", health => health.BlobsUnrepairable);
    }

    /// <summary>How a pool is now.</summary>
    /// <exception cref="OwnerUnavailableException">Its owner cannot say.</exception>
    public async ValueTask<PoolHealth> HealthAsync(string pool, CancellationToken cancellationToken) =>
        _health[pool] = await _grains.GetGrain<IPoolGrain>(pool).StatusAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await StartedAsync(stoppingToken))
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var pool in _pools.Pools)
            {
                try
                {
                    await HealthAsync(pool.Row.Name, stoppingToken);
                }
                catch (Exception e) when (e is OwnerUnavailableException or TimeoutException or OperationCanceledException or OrleansException)
                {
                    // Asked again soon; the last answer stays on show.
                }
            }

            try
            {
                await Task.Delay(Interval, _time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Waits until the silo takes calls; false when it never did.</summary>
    private async Task<bool> StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = _host.ApplicationStarted.Register(() => started.TrySetResult(true));
        await using var onStopping = stoppingToken.Register(() => started.TrySetResult(false));
        return await started.Task;
    }

    private void Show(string name, string unit, string description, Func<PoolHealth, long> value) =>
        _meter.CreateObservableGauge(
            name,
            () => _health.Select(entry => new Measurement<long>(
                value(entry.Value), new KeyValuePair<string, object?>("pool", entry.Key))),
            unit,
            description);
}
