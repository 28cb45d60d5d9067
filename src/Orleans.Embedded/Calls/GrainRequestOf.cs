using Orleans.Messages;

namespace Orleans.Calls;

/// <summary>A request with a result of type <typeparamref name="TResult"/>.</summary>
internal abstract class GrainRequest<TResult> : GrainRequest
{
    /// <summary>The promise; null while the request may still complete inline.</summary>
    public TaskCompletionSource<TResult>? Source { get; private set; }

    /// <summary>What the caller awaits: the promise of the filters around the call when there are any.</summary>
    public TaskCompletionSource<TResult>? Promise => FilteredSource ?? Source;

    public TaskCompletionSource<TResult>? FilteredSource { get; set; }

    public TResult? Result { get; private set; }

    public override void EnsureSource()
    {
        if (Source is not null || IsOneWay)
        {
            return;
        }

        Source = new TaskCompletionSource<TResult>(Sender.Fabric.PromiseOptions);
        Sender.Pending.Add(this);
        if (CallerToken.CanBeCanceled)
        {
            CancellationRegistration = CallerToken.UnsafeRegister(static (state, token) =>
            {
                var request = (GrainRequest)state!;
                request.SignalCancellation();
                request.TryFail(new OperationCanceledException(token));
            }, this);
        }
    }

    public override void RespondBoxed(IRequestHost host, object? result) =>
        Respond(host, result is null ? default! : (TResult)result);

    protected void Respond(IRequestHost host, TResult result)
    {
        if (IsOneWay)
        {
            return;
        }

        TResult copy;
        try
        {
            copy = Copier<TResult>.Copy(result);
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
            return;
        }

        if (Source is not null)
        {
            Deliver(host, () => Source.TrySetResult(copy));
        }
        else if (TryClaimCompletion())
        {
            Result = copy;
        }
    }

    protected override void SetError(Exception exception)
    {
        Error = exception;
        Source?.TrySetException(exception);
    }

    protected void Finish(IRequestHost host, Task<TResult> completed)
    {
        if (completed.IsCompletedSuccessfully)
        {
            Respond(host, completed.Result);
        }
        else
        {
            RespondError(host, ErrorOf(completed));
        }
    }

    protected static Exception ErrorOf(Task completed)
    {
        try
        {
#pragma warning disable VSTHRD002 // The task is complete.
            completed.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            return new InvalidOperationException("The task did not fail.");
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>The method returned before it was done: the answer follows from the turn that completes it.</summary>
    protected void FinishLater(IRequestHost host, Task<TResult> running)
    {
        EnsureSource();
        _ = AwaitAsync(host, running);
    }

    private async Task AwaitAsync(IRequestHost host, Task<TResult> running)
    {
        try
        {
            Respond(host, await running);
        }
        catch (Exception exception)
        {
            RespondError(host, exception);
        }
        finally
        {
            host.OnRequestCompleted(this);
        }
    }
}
