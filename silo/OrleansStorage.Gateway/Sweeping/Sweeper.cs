using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansStorage.Gateway.Sweeping;

/// <summary>Sweeps in the background of a silo, and when an operator asks. One sweep runs at a time.</summary>
public sealed class Sweeper(
    GarbageSweep garbage,
    OrphanSweep orphans,
    TimeProvider time,
    IOptions<GatewayOptions> options,
    ILogger<Sweeper> logger) : BackgroundService
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Erases garbage and orphans now.</summary>
    public async Task<SweepResult> SweepAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var rows = await garbage.RunAsync(cancellationToken);
            return new SweepResult(rows, await orphans.RunAsync(cancellationToken));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        var lastOrphans = default(long?);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                lastOrphans = await SweepDueAsync(lastOrphans, stoppingToken);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<long?> SweepDueAsync(long? lastOrphans, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await garbage.RunAsync(cancellationToken);
            if (lastOrphans is { } last && time.GetElapsedTime(last) < options.Value.OrphanSweepInterval)
            {
                return lastOrphans;
            }

            var result = await orphans.RunAsync(cancellationToken);
            SweeperLog.OrphansErased(logger, result.BlobsSeen, result.OrphansErased, result.BytesErased);
            return time.GetTimestamp();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A sweep that fails is repeated at the next tick: what it has not erased is still garbage.
            SweeperLog.Failed(logger, e);
            return lastOrphans;
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>What a sweep did.</summary>
/// <param name="GarbageRowsErased">Deleted or replaced versions whose data went.</param>
/// <param name="Orphans">Blobs that no metadata named.</param>
public sealed record SweepResult(int GarbageRowsErased, OrphanSweepResult Orphans);

/// <summary>Log messages of the sweeper. Event ids are never reused.</summary>
internal static partial class SweeperLog
{
    [LoggerMessage(2001, LogLevel.Information, "Looked at {Seen} blobs; erased {Erased} orphans of {Bytes} bytes.")]
    public static partial void OrphansErased(ILogger logger, long seen, long erased, long bytes);

    [LoggerMessage(2002, LogLevel.Warning, "A sweep failed and will be repeated.")]
    public static partial void Failed(ILogger logger, Exception exception);
}
