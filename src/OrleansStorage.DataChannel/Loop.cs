namespace OrleansStorage.DataChannel;

/// <summary>Starts work that belongs to nobody's call.</summary>
internal static class Loop
{
    /// <summary>Runs it on a scheduler of its own, so that it never keeps the turn of a grain that happened to be first.</summary>
    public static Task Start(Func<Task> work, TaskScheduler scheduler)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return StartHere(work, scheduler);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return StartHere(work, scheduler);
        }
    }

    private static Task StartHere(Func<Task> work, TaskScheduler scheduler) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
}
