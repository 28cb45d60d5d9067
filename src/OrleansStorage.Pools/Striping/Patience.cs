namespace OrleansStorage.Pools.Striping;

/// <summary>Waiting that ends.</summary>
internal static class Patience
{
    // Timers count milliseconds: less would not wait, and ask again at once.
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for a task, for a time at most.</summary>
    /// <param name="task">What to wait for.</param>
    /// <param name="atMost">How long; <see cref="TimeSpan.MaxValue"/> for as long as it takes, zero for not at all.</param>
    /// <param name="call">Whose cancellation ends it too.</param>
    public static async Task WaitAsync(Task task, TimeSpan atMost, BlobCall call)
    {
        if (atMost == TimeSpan.Zero && !task.IsCompleted)
        {
            return;
        }

        if (task.IsCompleted || atMost == TimeSpan.MaxValue)
        {
            await task.WaitAsync(call.CancellationToken);
            return;
        }

        try
        {
            await task.WaitAsync(atMost > s_shortest ? atMost : s_shortest, call.Access.Time, call.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsFaulted)
        {
            // That is what was asked for.
        }
    }
}
