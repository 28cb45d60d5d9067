using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>Runs the observers of each stage together, stages in order; a failed start stops what had started.</summary>
internal class LifecycleSubject(ILogger logger) : ILifecycleObservable
{
    private readonly List<Subscription> _subscriptions = [];
    private int? _startedThrough;

    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public bool HasObservers => _subscriptions.Count > 0;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(this, observerName, stage, observer);
        lock (_subscriptions)
        {
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var stage in Stages(descending: false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _startedThrough = stage.Key;
            await Task.WhenAll(stage.Select(subscription => Guard(() => subscription.Observer.OnStart(cancellationToken))));
            HighestCompletedStage = stage.Key;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_startedThrough is not { } highest)
        {
            return;
        }

        foreach (var stage in Stages(descending: true).Where(stage => stage.Key <= highest))
        {
            try
            {
                await Task.WhenAll(stage.Select(subscription => Guard(() => subscription.Observer.OnStop(cancellationToken))));
            }
            catch (Exception exception)
            {
                // A stage that fails to stop must not keep the earlier ones from stopping.
                logger.LogError(exception, "Stopping lifecycle stage {Stage} failed.", stage.Key);
            }

            LowestStoppedStage = stage.Key;
        }
    }

    private static Task Guard(Func<Task> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    private List<IGrouping<int, Subscription>> Stages(bool descending)
    {
        lock (_subscriptions)
        {
            var stages = _subscriptions.GroupBy(subscription => subscription.Stage);
            return [.. descending ? stages.OrderByDescending(stage => stage.Key) : stages.OrderBy(stage => stage.Key)];
        }
    }

    private sealed record Subscription(LifecycleSubject Subject, string Name, int Stage, ILifecycleObserver Observer) : IDisposable
    {
        public bool Equals(Subscription? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public void Dispose()
        {
            lock (Subject._subscriptions)
            {
                Subject._subscriptions.Remove(this);
            }
        }
    }
}

internal sealed class GrainLifecycle(ILogger logger) : LifecycleSubject(logger), IGrainLifecycle;

internal sealed class SiloLifecycle(ILogger logger) : LifecycleSubject(logger), ISiloLifecycle;
