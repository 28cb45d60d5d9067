using System.Diagnostics;
using Orleans.Activations;
using Orleans.Cluster;
using Orleans.Messages;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>The way of a call out of the caller: inline when it can be, else through the router.</summary>
internal static class RequestSender
{
    // Inline calls nest on one stack; deeper ones go through the queue.
    private const int MaxInlineDepth = 12;

    private static readonly ExecutionContext CleanContext = CaptureCleanContext();

    [ThreadStatic]
    private static int s_inlineDepth;

    public static RequestOutcome Send<TResult>(GrainReference reference, GrainRequest<TResult> request)
    {
        var context = RuntimeContext.Current;
        var node = context is ActivationData caller && ReferenceEquals(caller.Silo.Fabric, reference.Node.Fabric)
            ? caller.Silo
            : reference.Node;
        request.Reference = reference;
        request.Sender = node;
        request.SenderContext = context;
        if (request.CallerToken.IsCancellationRequested)
        {
            request.TryFail(new OperationCanceledException(request.CallerToken));
            return RequestOutcome.Failed;
        }

        if (node.OutgoingFilters.Length > 0)
        {
            return SendFiltered(node, request);
        }

        request.RequestContextData = ExportRequestContext();
        if (reference.Hint is { } hint)
        {
            if (node.Fabric.IsDirect && !node.IsKilled && request.Model.Inline.Allows() && TryRunInline(hint, request))
            {
                return OutcomeOf(request);
            }

            if (hint.State == ActivationState.Invalid)
            {
                reference.Hint = null;
            }
        }

        request.EnsureSource();
        Router.Route(request, node);
        return request.IsOneWay ? RequestOutcome.Succeeded : RequestOutcome.Pending;
    }

    private static RequestOutcome OutcomeOf<TResult>(GrainRequest<TResult> request) =>
        request.Source is not null ? RequestOutcome.Pending
        : request.Error is not null ? RequestOutcome.Failed
        : RequestOutcome.Succeeded;

    private static bool TryRunInline(ActivationData activation, GrainRequest request)
    {
        if (request.IsOneWay || s_inlineDepth >= MaxInlineDepth || ExecutionContext.Capture() is not { } outer || !activation.TryEnterInline(request))
        {
            return false;
        }

        request.TargetSilo = activation.Silo;
        s_inlineDepth++;
        var started = Stopwatch.GetTimestamp();
        var isClean = ReferenceEquals(outer, CleanContext);
        var synchronization = SynchronizationContext.Current;
        if (!isClean)
        {
            // The callee gets the request context and nothing else of what the caller keeps in AsyncLocals.
            ExecutionContext.Restore(CleanContext);
        }

        if (synchronization is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        try
        {
            activation.RunInline(request);
        }
        finally
        {
            if (!isClean)
            {
                ExecutionContext.Restore(outer);
            }

            if (synchronization is not null)
            {
                SynchronizationContext.SetSynchronizationContext(synchronization);
            }

            s_inlineDepth--;
            request.Model.Inline.Record(started);
        }

        return true;
    }

    internal static Dictionary<string, object>? ExportRequestContext()
    {
        if (RequestContext.Values.Value is not { } values)
        {
            return null;
        }

        var copy = new Dictionary<string, object>(values.Count);
        foreach (var (key, value) in values)
        {
            copy[key] = MessageTypes.CopyBoxed(value)!;
        }

        return copy;
    }

    private static RequestOutcome SendFiltered<TResult>(RuntimeNode node, GrainRequest<TResult> request)
    {
        var call = new OutgoingCallContext<TResult>(node, request);
        _ = call.RunAsync();
        return request.IsOneWay ? RequestOutcome.Succeeded : RequestOutcome.Pending;
    }

    private static ExecutionContext CaptureCleanContext()
    {
        ExecutionContext? captured = null;
        var thread = new Thread(() => captured = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return captured!;
    }
}
