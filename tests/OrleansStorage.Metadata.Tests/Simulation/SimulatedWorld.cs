namespace OrleansStorage.Metadata.Tests.Simulation;

/// <summary>Virtual time and a few nodes on one thread: the same seed gives the same interleaving.</summary>
internal sealed class SimulatedWorld(Random random)
{
    private readonly PriorityQueue<SimulatedTimer, (long DueTicks, long Order)> _timers = new();
    private readonly List<SimulatedNode> _nodes = [];
    private long _order;

    /// <summary>Virtual time since the beginning, in ticks of 100 ns.</summary>
    public long NowTicks { get; private set; }

    public TimeSpan Now => TimeSpan.FromTicks(NowTicks);

    public SimulatedNode AddNode(string name, double clockRate = 1)
    {
        var node = new SimulatedNode(this, name, clockRate);
        _nodes.Add(node);
        return node;
    }

    public void Schedule(SimulatedTimer timer, long dueTicks) => _timers.Enqueue(timer, (dueTicks, _order++));

    /// <summary>Runs until nothing is left to do before that time.</summary>
    public void RunUntil(TimeSpan time)
    {
        while (true)
        {
            RunReady();
            if (!_timers.TryPeek(out _, out var next) || next.DueTicks > time.Ticks)
            {
                NowTicks = Math.Max(NowTicks, time.Ticks);
                return;
            }

            NowTicks = Math.Max(NowTicks, next.DueTicks);
            _timers.Dequeue().Fire(next.DueTicks);
        }
    }

    public void RunFor(TimeSpan time) => RunUntil(Now + time);

    /// <summary>Runs until the task is done, for at most ten minutes of virtual time.</summary>
    public T Await<T>(Task<T> task)
    {
        var limit = Now + TimeSpan.FromMinutes(10);
        while (!task.IsCompleted)
        {
            RunReady();
            if (task.IsCompleted)
            {
                break;
            }

            if (!_timers.TryDequeue(out var timer, out var next) || next.DueTicks > limit.Ticks)
            {
                throw new TimeoutException("The task waits for something that does not happen.");
            }

            NowTicks = Math.Max(NowTicks, next.DueTicks);
            timer.Fire(next.DueTicks);
        }

#pragma warning disable VSTHRD002 // It is done.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private void RunReady()
    {
        while (true)
        {
            var ready = _nodes.Where(node => node.IsReady).ToArray();
            if (ready.Length == 0)
            {
                return;
            }

            ready[random.Next(ready.Length)].RunOne();
        }
    }
}
