namespace OrleansStorage.Devices.Log;

/// <summary>Lets one in at a time, in order. Whoever waits is bounded by the callers there are.</summary>
internal sealed class AsyncTurn(bool inline)
{
    private readonly Queue<TaskCompletionSource> _waiters = new();
    private bool _taken;

    public Task EnterAsync()
    {
        lock (_waiters)
        {
            if (!_taken)
            {
                _taken = true;
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(
                inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(waiter);
            return waiter.Task;
        }
    }

    public void Exit()
    {
        TaskCompletionSource? next;
        lock (_waiters)
        {
            if (!_waiters.TryDequeue(out next))
            {
                _taken = false;
            }
        }

        next?.SetResult();
    }
}
