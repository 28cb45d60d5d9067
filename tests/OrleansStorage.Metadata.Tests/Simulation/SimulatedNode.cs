namespace OrleansStorage.Metadata.Tests.Simulation;

/// <summary>A process: its continuations and timers run one at a time, and not while it is paused.</summary>
internal sealed class SimulatedNode : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = [];

    public SimulatedNode(SimulatedWorld world, string name, double clockRate)
    {
        Name = name;
        Clock = new SimulatedClock(world, clockRate) { Node = this };
    }

    public string Name { get; }

    public bool IsPaused { get; set; }

    /// <summary>This node's clock and timers; its rate is its own, its beginning too.</summary>
    public TimeProvider Clock { get; }

    public bool IsReady => !IsPaused && _queue.Count > 0;

    public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public void RunOne()
    {
        var (callback, state) = _queue.Dequeue();
        Within(() => callback(state));
    }

    /// <summary>Starts something on the node.</summary>
    public Task<T> Start<T>(Func<ValueTask<T>> action)
    {
        var result = new TaskCompletionSource<T>();
        Post(_ => _ = RunAsync(), null);
        return result.Task;

        async Task RunAsync()
        {
            try
            {
                result.SetResult(await action());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        }
    }

    /// <summary>Starts something on the node.</summary>
    public Task<bool> Start(Func<ValueTask> action) => Start(async () =>
    {
        await action();
        return true;
    });

    private void Within(Action action)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }
}
