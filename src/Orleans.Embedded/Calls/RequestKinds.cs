namespace Orleans.Calls;

// One base class for each return type of a grain method. The generated class overrides Call with the call itself.

internal abstract class TaskRequest<TResult> : GrainRequest<TResult>
{
    protected abstract Task<TResult> Call(object target);

    protected sealed override void Invoke(IRequestHost host)
    {
        try
        {
            var task = Call(host.Instance!);
            if (!task.IsCompleted)
            {
                FinishLater(host, task);
                return;
            }

            Finish(host, task);
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
        }

        host.OnRequestCompleted(this);
    }

    public sealed override async ValueTask<object?> InvokeBoxed(object target) => await Call(target);
}

internal abstract class ValueTaskRequest<TResult> : GrainRequest<TResult>
{
    protected abstract ValueTask<TResult> Call(object target);

    protected sealed override void Invoke(IRequestHost host)
    {
        try
        {
            var task = Call(host.Instance!);
            if (task.IsCompletedSuccessfully)
            {
                Respond(host, task.Result);
            }
            else if (!TryFinish(host, task.AsTask()))
            {
                return;
            }
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
        }

        host.OnRequestCompleted(this);
    }

    public sealed override async ValueTask<object?> InvokeBoxed(object target) => await Call(target);

    private bool TryFinish(IRequestHost host, Task<TResult> task)
    {
        if (task.IsCompleted)
        {
            Finish(host, task);
            return true;
        }

        FinishLater(host, task);
        return false;
    }
}

internal abstract class PlainRequest : GrainRequest<Nothing>
{
    /// <summary>Calls the method; its task, or null when it is already done.</summary>
    protected abstract Task? Start(object target);

    protected sealed override void Invoke(IRequestHost host)
    {
        try
        {
            var task = Start(host.Instance!);
            if (task is null || task.IsCompletedSuccessfully)
            {
                Respond(host, default);
            }
            else if (task.IsCompleted)
            {
                RespondError(host, ErrorOf(task));
            }
            else
            {
                FinishLater(host, AsResult(task));
                return;
            }
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
        }

        host.OnRequestCompleted(this);
    }

    public sealed override async ValueTask<object?> InvokeBoxed(object target)
    {
        if (Start(target) is { } task)
        {
            await task;
        }

        return null;
    }

    private static async Task<Nothing> AsResult(Task task)
    {
        await task;
        return default;
    }
}

internal abstract class TaskRequest : PlainRequest
{
    protected abstract Task Call(object target);

    protected sealed override Task Start(object target) =>
        Call(target) ?? throw new InvalidOperationException($"{Model.Name} returned null instead of a Task.");
}

internal abstract class ValueTaskRequest : PlainRequest
{
    protected abstract ValueTask Call(object target);

    protected sealed override Task? Start(object target)
    {
        var task = Call(target);
        return task.IsCompletedSuccessfully ? null : task.AsTask();
    }
}

internal abstract class VoidRequest : PlainRequest
{
    public override bool IsOneWay => true;

    protected abstract void Call(object target);

    protected sealed override Task? Start(object target)
    {
        Call(target);
        return null;
    }
}
