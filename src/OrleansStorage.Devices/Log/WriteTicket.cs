using System.Threading.Tasks.Sources;

namespace OrleansStorage.Devices.Log;

/// <summary>One call that waits for records to become durable. Reused after it was awaited.</summary>
internal sealed class WriteTicket(WriteTicketPool pool, bool inline) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = !inline };
    private Exception? _error;
    private int _open;

    public ValueTask Task => new(this, _core.Version);

    /// <summary>Says how many records the call waits for.</summary>
    public void Begin(int records) => _open = records;

    /// <summary>One record is durable, or failed. When the last one did, the call completes.</summary>
    public void End(Exception? error)
    {
        if (error is not null)
        {
            Interlocked.CompareExchange(ref _error, error, null);
        }

        if (Interlocked.Decrement(ref _open) > 0)
        {
            return;
        }

        if (_error is { } first)
        {
            _core.SetException(first);
        }
        else
        {
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _error = null;
            pool.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>Tickets that wait for their next call; a bounded number.</summary>
internal sealed class WriteTicketPool(bool inline)
{
    private const int KeptMax = 1024;

    private readonly Stack<WriteTicket> _free = new();

    public WriteTicket Rent()
    {
        lock (_free)
        {
            return _free.TryPop(out var ticket) ? ticket : new WriteTicket(this, inline);
        }
    }

    public void Return(WriteTicket ticket)
    {
        lock (_free)
        {
            if (_free.Count < KeptMax)
            {
                _free.Push(ticket);
            }
        }
    }
}
