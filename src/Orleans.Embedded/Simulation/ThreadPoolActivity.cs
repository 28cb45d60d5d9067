using System.Diagnostics;

namespace Orleans.Simulation;

/// <summary>
/// Tells when the thread pool has finished what a step of the simulation gave it: a continuation inside the framework
/// that ignores the scheduler (such as SemaphoreSlim.WaitAsync with a token) takes that way out and comes back.
/// </summary>
/// <remarks>
/// The pool does not say whose work it does. So the simulation waits while the pool is busy at all; when waiting turns
/// out to be for others, it has ever less patience, until something does come back.
/// </remarks>
internal sealed class ThreadPoolActivity
{
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MinPatience = TimeSpan.FromMilliseconds(1);

    // Threads that others keep: a test runner blocks some, and the simulation itself may run on one.
    private int _foreignThreads = BusyThreads();
    private TimeSpan _patience = MaxPatience;

    /// <summary>Waits until the pool is idle, or patience runs out.</summary>
    /// <param name="hasArrived">Whether work has come back from the pool.</param>
    /// <param name="isLast">Nothing else can run, so that a wrong guess would be a wrong result.</param>
    public void WaitUntilIdle(Func<bool> hasArrived, bool isLast)
    {
        if (!IsBusy())
        {
            return;
        }

        var patience = isLast && _patience < MaxPatience / 10 ? MaxPatience / 10 : _patience;
        var started = Stopwatch.GetTimestamp();
        var spinner = new SpinWait();
        while (IsBusy())
        {
            if (Stopwatch.GetElapsedTime(started) >= patience)
            {
                _patience = hasArrived() ? MaxPatience : TimeSpan.FromTicks(Math.Max(MinPatience.Ticks, _patience.Ticks / 2));
                return;
            }

            spinner.SpinOnce();
        }
    }

    private static int BusyThreads()
    {
        ThreadPool.GetMaxThreads(out var max, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return max - available;
    }

    private bool IsBusy()
    {
        var busy = BusyThreads();
        _foreignThreads = Math.Min(_foreignThreads, busy);
        return busy > _foreignThreads || ThreadPool.PendingWorkItemCount > 0;
    }
}
