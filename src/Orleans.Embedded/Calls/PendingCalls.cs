using Orleans.Cluster;

namespace Orleans.Calls;

/// <summary>The calls of one node that wait for an answer; they end by the answer, by time or by the death of their target.</summary>
internal sealed class PendingCalls : IDisposable
{
    private readonly Lock _gate = new();
    private readonly RuntimeNode _node;
    private readonly bool _disarmWhenEmpty;
    private readonly ITimer _timer;
    private GrainRequest? _first;
    private long _armedFor = long.MaxValue;

    public PendingCalls(RuntimeNode node, TimeProvider time, bool disarmWhenEmpty)
    {
        _node = node;
        Time = time;
        _disarmWhenEmpty = disarmWhenEmpty;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((PendingCalls)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeProvider Time { get; }

    public void Add(GrainRequest request)
    {
        var timeout = request.Model.ResponseTimeout ?? _node.ResponseTimeout;
        var now = Time.GetTimestamp();
        lock (_gate)
        {
            request.DeadlineTimestamp = now + (long)(timeout.TotalSeconds * Time.TimestampFrequency);
            request.IsListed = true;
            request.NextPending = _first;
            _first?.PreviousPending = request;
            _first = request;
            if (request.DeadlineTimestamp < _armedFor)
            {
                Arm(request.DeadlineTimestamp, now);
            }
        }
    }

    public void Remove(GrainRequest request)
    {
        lock (_gate)
        {
            if (!request.IsListed)
            {
                return;
            }

            request.IsListed = false;
            if (request.PreviousPending is { } previous)
            {
                previous.NextPending = request.NextPending;
            }
            else
            {
                _first = request.NextPending;
            }

            request.NextPending?.PreviousPending = request.PreviousPending;
            request.NextPending = request.PreviousPending = null;
            if (_first is null && _disarmWhenEmpty)
            {
                _armedFor = long.MaxValue;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Fails every call that the condition holds for.</summary>
    public void Fail(Func<GrainRequest, bool> condition, Func<GrainRequest, Exception> reason)
    {
        List<GrainRequest> failing = [];
        lock (_gate)
        {
            for (var request = _first; request is not null; request = request.NextPending)
            {
                if (condition(request))
                {
                    failing.Add(request);
                }
            }
        }

        // Oldest first, as the callers would have been answered.
        failing.Reverse();
        failing.ForEach(request => request.TryFail(reason(request)));
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = Time.GetTimestamp();
        Fail(
            request => request.DeadlineTimestamp <= now,
            request => new TimeoutException(
                $"Response did not arrive on time in {request.Model.ResponseTimeout ?? _node.ResponseTimeout} for message: {request.Model.InterfaceName}.{request.Model.Name} to {request.Target}."));
        lock (_gate)
        {
            var next = long.MaxValue;
            for (var request = _first; request is not null; request = request.NextPending)
            {
                next = Math.Min(next, request.DeadlineTimestamp);
            }

            _armedFor = long.MaxValue;
            if (next != long.MaxValue)
            {
                Arm(next, now);
            }
        }
    }

    private void Arm(long deadline, long now)
    {
        _armedFor = deadline;
        var due = TimeSpan.FromSeconds((deadline - now) / (double)Time.TimestampFrequency) + TimeSpan.FromMilliseconds(1);
        _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
