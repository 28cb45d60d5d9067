using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>The task scheduler of one activation: what is queued to it runs in turns, one at a time, in order.</summary>
internal sealed class ActivationScheduler(ActivationData activation) : TaskScheduler, IWorkItemScheduler
{
    public override int MaximumConcurrencyLevel => 1;

    public void QueueAction(Action action) =>
        _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, this);

    void IWorkItemScheduler.QueueTask(Task task) => task.Start(this);

    /// <summary>Runs a task in the current turn.</summary>
    public bool Execute(Task task) => TryExecuteTask(task);

    protected override void QueueTask(Task task) => activation.QueueTask(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(RuntimeContext.Current, activation) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => activation.GetScheduledTasks();
}
