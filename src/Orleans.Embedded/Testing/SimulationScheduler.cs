using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Simulation;

namespace Orleans.Embedded.Testing;

/// <summary>
/// Runs clusters, grains, timers and test code on one thread in virtual time, in an order that depends on a seed alone.
/// </summary>
/// <remarks>
/// <para>The next thing to run is drawn by the seed from everything that can run. Time stands still while anything can,
/// then jumps to the next timer. Code under test takes its time from <see cref="TimeProvider"/>, and does not use
/// ConfigureAwait(false), Task.Run or blocking waits.</para>
/// <para>Framework methods that leave the scheduler inside (SemaphoreSlim.WaitAsync with a token or a timeout,
/// ChannelReader.ReadAllAsync, Task.WhenAny over a TaskCompletionSource that runs continuations asynchronously) are waited for after each step. That needs a quiet thread pool: do not run tests in
/// parallel with a simulation.</para>
/// </remarks>
public sealed class SimulationScheduler
{
    private const ulong HashPrime = 0x100000001B3;

    private readonly Lock _gate = new();
    private readonly List<ISimulationUnit> _ready = [];
    private readonly ConcurrentQueue<ISimulationUnit> _arrived = new();
    private readonly SimulationTaskScheduler _taskScheduler;
    private readonly SimulationTimeProvider _time;
    private readonly Random _order;
    private Thread? _thread;
    private long _lastUnit;

    /// <summary>A simulation that has not run yet.</summary>
    /// <param name="seed">Decides every choice; print it when a test fails.</param>
    /// <param name="options">Limits and faults; none but the default limits when null.</param>
    public SimulationScheduler(int seed, SimulationOptions? options = null)
    {
        Seed = seed;
        Options = options ?? new SimulationOptions();
#pragma warning disable RS0030 // Seeded, which is the point of the ban.
        _order = new Random(seed);
        Random = new Random(seed ^ 0x5bd1e995);
#pragma warning restore RS0030
        _time = new SimulationTimeProvider(Enqueue);
        _taskScheduler = new SimulationTaskScheduler(this);
    }

    /// <summary>The seed of this run.</summary>
    public int Seed { get; }

    /// <summary>Limits and faults.</summary>
    public SimulationOptions Options { get; }

    /// <summary>Randomness for the code under test and the test, independent of the order of turns.</summary>
    public Random Random { get; }

    /// <summary>The virtual clock. It starts at 2030-01-01 UTC.</summary>
    public TimeProvider TimeProvider => _time;

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => _time.Elapsed;

    /// <summary>Number of turns so far.</summary>
    public long Steps { get; private set; }

    /// <summary>A hash over the order and the times of all turns: equal for equal interleavings.</summary>
    public ulong TraceHash { get; private set; } = 0xCBF29CE484222325;

    /// <summary>Runs tasks as turns of the simulation, outside any grain.</summary>
    public TaskScheduler TaskScheduler => _taskScheduler;

    /// <summary>Runs until <paramref name="main"/> completes, and throws what it threw.</summary>
    /// <exception cref="SimulationException">Nothing can run and no timer is set, or a limit is reached.</exception>
    public void Run(Func<Task> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _thread = Thread.CurrentThread;
        try
        {
            var task = Task.Factory.StartNew(main, CancellationToken.None, TaskCreationOptions.None, _taskScheduler).Unwrap();
            RunUntil(task);
#pragma warning disable VSTHRD002 // The task is complete.
            task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        finally
        {
            _thread = null;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Runs until <paramref name="main"/> completes, and returns its result or throws what it threw.</summary>
    /// <exception cref="SimulationException">Nothing can run and no timer is set, or a limit is reached.</exception>
    public T Run<T>(Func<Task<T>> main)
    {
        T result = default!;
        Run(async () => { result = await main(); });
        return result;
    }

    /// <summary>Lets anything else that can run go first, as the seed decides.</summary>
#pragma warning disable CA1822 // An instance method, so that a test reads simulation.Yield().
    public async Task Yield() => await Task.Yield();
#pragma warning restore CA1822

    internal ITimer CreateBackgroundTimer(Action action, TimeSpan period) => _time.CreateBackgroundTimer(action, period);

    internal void Enqueue(ISimulationUnit unit)
    {
        if (Thread.CurrentThread != _thread && _thread is not null)
        {
            _arrived.Enqueue(unit);
            return;
        }

        lock (_gate)
        {
            _ready.Add(unit);
        }
    }

    /// <summary>Delivers a message after a while that the seed decides, or never.</summary>
    internal void SendMessage(Action deliver)
    {
        if (Options.MessageLossProbability > 0 && _order.NextDouble() < Options.MessageLossProbability)
        {
            return;
        }

        var unit = new ActionUnit(NextUnit(), deliver, _taskScheduler);
        if (Options.MaxMessageDelay <= TimeSpan.Zero)
        {
            Enqueue(unit);
            return;
        }

        var delay = TimeSpan.FromTicks(_order.NextInt64(Options.MaxMessageDelay.Ticks + 1));
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            // The timer stays reachable through the time provider's queue until it has fired.
            _time.CreateTimer(static state => ((ActionUnit)state!).RunStep(), unit, delay, Timeout.InfiniteTimeSpan);
        }
    }

    private ulong NextUnit() => (1UL << 62) ^ (ulong)Interlocked.Increment(ref _lastUnit);

    private void RunUntil(Task task)
    {
        var pool = new ThreadPoolActivity();
        while (!task.IsCompleted)
        {
            if (TryTakeNext() is { } unit)
            {
                Step(unit);
                pool.WaitUntilIdle(HasArrived, isLast: false);
            }
            else
            {
                pool.WaitUntilIdle(HasArrived, isLast: true);
                if (_arrived.IsEmpty && !task.IsCompleted && !_time.Advance())
                {
                    throw Failure("deadlock: nothing can run and no timer is set");
                }
            }

            CheckLimits();
            TakeArrived();
        }
    }

    private bool HasArrived() => !_arrived.IsEmpty;

    private void Step(ISimulationUnit unit)
    {
        Steps++;
        Trace(unit.TraceId);
        Trace((ulong)_time.Elapsed.Ticks);
        RuntimeContext.Current = null;
        unit.RunStep();
    }

    private void Trace(ulong value) => TraceHash = unchecked((TraceHash ^ value) * HashPrime) ^ (TraceHash >> 47);

    private void CheckLimits()
    {
        if (_time.Elapsed > Options.MaxElapsed)
        {
            throw Failure($"the virtual time limit {Options.MaxElapsed} is reached");
        }

        if (Steps > Options.MaxSteps)
        {
            throw Failure($"the limit of {Options.MaxSteps} turns is reached");
        }
    }

    private SimulationException Failure(string what) => new($"Simulation with seed {Seed}: {what} (after {Steps} turns, {_time.Elapsed}).");

    private ISimulationUnit? TryTakeNext()
    {
        lock (_gate)
        {
            if (_ready.Count == 0)
            {
                return null;
            }

            var index = _order.Next(_ready.Count);
            var unit = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            return unit;
        }
    }

    private void TakeArrived()
    {
        while (_arrived.TryDequeue(out var unit))
        {
            lock (_gate)
            {
                _ready.Add(unit);
            }
        }
    }

    private sealed class ActionUnit(ulong traceId, Action action, SimulationTaskScheduler scheduler) : ISimulationUnit
    {
        public ulong TraceId => traceId;

        public void RunStep() => scheduler.RunNow(action);
    }

    private sealed class TaskUnit(ulong traceId, Task task, SimulationTaskScheduler scheduler) : ISimulationUnit
    {
        public ulong TraceId => traceId;

        public void RunStep() => scheduler.Execute(task);
    }

    private sealed class SimulationTaskScheduler(SimulationScheduler simulation) : TaskScheduler
    {
        private bool _mayInline;

        public void Execute(Task task) => TryExecuteTask(task);

        /// <summary>Runs an action as a task, so that what it awaits comes back to the simulation.</summary>
        public void RunNow(Action action)
        {
            var task = new Task(action);
            _mayInline = true;
            task.RunSynchronously(this);
#pragma warning disable VSTHRD002 // The task is complete.
            task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }

        protected override void QueueTask(Task task) => simulation.Enqueue(new TaskUnit(simulation.NextUnit(), task, this));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
        {
            var mayInline = _mayInline;
            _mayInline = false;
            return mayInline && TryExecuteTask(task);
        }

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
