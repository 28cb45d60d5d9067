namespace OrleansStorage.Devices.Log;

/// <summary>Lets background work sleep, and wakes it when it is to end.</summary>
/// <remarks>A cancelled <see cref="Task.Delay(TimeSpan, TimeProvider, CancellationToken)"/> continues on the thread pool, which a simulation does not have.</remarks>
internal sealed class StopSignal(TimeProvider time, bool inline) : IDisposable
{
    private readonly HashSet<TaskCompletionSource> _sleepers = [];
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    /// <summary>Sleeps, or not that long when it is time to end.</summary>
    public async ValueTask SleepAsync(TimeSpan span)
    {
        var sleeper = new TaskCompletionSource(
            inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sleepers)
        {
            if (_source.IsCancellationRequested)
            {
                return;
            }

            _sleepers.Add(sleeper);
        }

        using (time.CreateTimer(static s => ((TaskCompletionSource)s!).TrySetResult(), sleeper, span, Timeout.InfiniteTimeSpan))
        {
            await sleeper.Task;
        }

        lock (_sleepers)
        {
            _sleepers.Remove(sleeper);
        }
    }

    public void Stop()
    {
#pragma warning disable VSTHRD103, CA1849 // Nothing is registered with the token.
        _source.Cancel();
#pragma warning restore VSTHRD103, CA1849
        TaskCompletionSource[] sleepers;
        lock (_sleepers)
        {
            sleepers = [.. _sleepers];
        }

        foreach (var sleeper in sleepers)
        {
            sleeper.TrySetResult();
        }
    }

    public void Dispose() => _source.Dispose();
}
