namespace OrleansStorage.Devices.Files;

/// <summary>Work for an I/O thread.</summary>
internal interface IIoWork
{
    /// <summary>Does the work and completes it. Does not throw.</summary>
    void Execute();
}

/// <summary>Threads that take work from one queue, in order. Whoever queues work bounds how much there can be.</summary>
internal sealed class IoThreads(string name, int threadsMax) : IDisposable
{
    private readonly Queue<IIoWork> _work = new();
    private readonly object _gate = new();
    private int _threads;
    private int _idle;
    private bool _closed;

    /// <summary>Queues work; a thread is started when none is idle and more are allowed.</summary>
    public void Post(IIoWork work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _work.Enqueue(work);
            if (_idle >= _work.Count)
            {
                Monitor.Pulse(_gate);
            }
            else if (_threads < threadsMax)
            {
                _threads++;
                new Thread(Run) { Name = name, IsBackground = true }.Start();
            }
        }
    }

    /// <summary>Ends the threads after the work that is queued.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (Take() is { } work)
        {
            work.Execute();
        }
    }

    private IIoWork? Take()
    {
        lock (_gate)
        {
            while (_work.Count == 0)
            {
                if (_closed)
                {
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            return _work.Dequeue();
        }
    }
}
