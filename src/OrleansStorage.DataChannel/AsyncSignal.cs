namespace OrleansStorage.DataChannel;

/// <summary>Wakes the one that waits; remembers once when nobody does. One waits at a time.</summary>
internal sealed class AsyncSignal(bool inline)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _isSet;

    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (_isSet)
            {
                _isSet = false;
                return Task.CompletedTask;
            }

            _waiter = Promise.Create(inline);
            return _waiter.Task;
        }
    }

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            _isSet = waiter is null;
        }

        waiter?.SetResult();
    }
}

/// <summary>Makes promises: a simulation with one thread has their continuations run at once.</summary>
internal static class Promise
{
    public static TaskCompletionSource Create(bool inline) => new(Options(inline));

    public static TaskCompletionSource<T> Create<T>(bool inline) => new(Options(inline));

    private static TaskCreationOptions Options(bool inline) =>
        inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
}
