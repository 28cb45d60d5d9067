namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Where combiners run: the thread pool, or the hand of a test.</summary>
internal interface IMd5Executor
{
    /// <summary>Other work waits to run, so a combiner should let it go first.</summary>
    bool HasOtherWork { get; }

    /// <summary>Runs <paramref name="item"/> once, later, after what is waiting already.</summary>
    void Schedule(IThreadPoolWorkItem item);
}

/// <summary>The thread pool.</summary>
internal sealed class ThreadPoolMd5Executor : IMd5Executor
{
    /// <summary>The only one.</summary>
    public static readonly ThreadPoolMd5Executor Instance = new();

    private ThreadPoolMd5Executor()
    {
    }

    /// <inheritdoc/>
    public bool HasOtherWork => ThreadPool.PendingWorkItemCount > 0;

    /// <inheritdoc/>
    public void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
