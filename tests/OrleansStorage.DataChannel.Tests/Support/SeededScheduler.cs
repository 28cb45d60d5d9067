namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>Runs tasks on one thread, each time one that the seed draws.</summary>
internal sealed class SeededScheduler(int seed) : TaskScheduler
{
    private readonly Random _random = TestSeed.Create(seed);
    private readonly List<Task> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public int Turns { get; private set; }

    /// <summary>Tasks that came from another thread: none, or the run cannot be repeated.</summary>
    public int Strays { get; private set; }

    /// <summary>Runs one task; <see langword="false"/> when none is ready.</summary>
    public bool Step()
    {
        if (_ready.Count == 0)
        {
            return false;
        }

        var index = _random.Next(_ready.Count);
        var task = _ready[index];
        _ready.RemoveAt(index);
        Turns++;
        TryExecuteTask(task);
        return true;
    }

    protected override void QueueTask(Task task)
    {
        Strays += Environment.CurrentManagedThreadId == _thread ? 0 : 1;
        lock (_ready)
        {
            _ready.Add(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _ready];
}
