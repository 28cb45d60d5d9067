namespace OrleansStorage.DataChannel.Server;

/// <summary>Bounds what is in flight; who wants more waits, in order. At most one waits for each connection.</summary>
internal sealed class CreditGate(int requests, long bytes, bool inline)
{
    private readonly Queue<(long Bytes, TaskCompletionSource Turn)> _waiters = new();
    private int _requests;
    private long _bytes;

    /// <summary>Waits until there is room. What is larger than all the room waits until nothing else is in flight.</summary>
    public Task AcquireAsync(long wanted)
    {
        lock (_waiters)
        {
            if (_waiters.Count == 0 && Fits(wanted))
            {
                Take(wanted);
                return Task.CompletedTask;
            }

            var turn = Promise.Create(inline);
            _waiters.Enqueue((wanted, turn));
            return turn.Task;
        }
    }

    public void Release(long taken)
    {
        List<TaskCompletionSource>? turns = null;
        lock (_waiters)
        {
            _requests--;
            _bytes -= taken;
            while (_waiters.TryPeek(out var next) && Fits(next.Bytes))
            {
                _waiters.Dequeue();
                Take(next.Bytes);
                (turns ??= []).Add(next.Turn);
            }
        }

        turns?.ForEach(turn => turn.SetResult());
    }

    /// <summary>Requests and bytes in flight.</summary>
    public (int Requests, long Bytes) InFlight
    {
        get
        {
            lock (_waiters)
            {
                return (_requests, _bytes);
            }
        }
    }

    private bool Fits(long wanted) => _requests == 0 || (_requests < requests && _bytes + wanted <= bytes);

    private void Take(long wanted)
    {
        _requests++;
        _bytes += wanted;
    }
}
