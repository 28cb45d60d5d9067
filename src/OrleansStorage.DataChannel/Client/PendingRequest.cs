using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel.Client;

/// <summary>A request from its call to its end. Guarded by the gate of its client.</summary>
/// <remarks>
/// <code>
/// Waiting --credit--> Assigned --send loop--> Sent --receive loop--> Ended
///    ^                    |                     |
///    +--connection lost---+                     +--connection lost--> Ended, outcome unknown
/// </code>
/// The loops read and write the caller's memory only while they hold the request; it ends when it has an outcome and nobody
/// holds it, so that the memory is the caller's again.
/// </remarks>
internal sealed class PendingRequest(FrameHeader header, bool inline)
{
    private readonly TaskCompletionSource<Answer> _promise = Promise.Create<Answer>(inline);
    private Answer _answer;
    private Exception? _error;
    private bool _hasOutcome;
    private bool _isEnded;
    private int _holds;

    /// <summary>Its header; the id is set when it is sent.</summary>
    public FrameHeader Header = header;

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Pieces of the payload, the caller's.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Payload { get; init; } = [];

    /// <summary>Where the payload of the answer goes, the caller's; empty when the answer brings a list.</summary>
    public Memory<byte> Destination { get; init; }

    /// <summary>Bytes that it counts for while it is in flight.</summary>
    public long CreditBytes => Math.Max(Header.PayloadBytes, Destination.Length);

    /// <summary>When it is given up.</summary>
    public long Deadline { get; init; }

    public long Began { get; init; }

    public RequestState State { get; set; }

    public ClientConnection? Connection { get; set; }

    public Task<Answer> Task => _promise.Task;

    public bool HasOutcome => _hasOutcome;

    public bool IsHeld => _holds > 0;

    public void Hold() => _holds++;

    /// <returns>Whether it is to be completed now, outside of the gate.</returns>
    public bool Release()
    {
        _holds--;
        return TryEnd();
    }

    /// <summary>Says what came of it; the first outcome counts.</summary>
    /// <returns>Whether it is to be completed now, outside of the gate.</returns>
    public bool Settle(in Answer answer, Exception? error)
    {
        if (!_hasOutcome)
        {
            (_hasOutcome, _answer, _error) = (true, answer, error);
        }

        return TryEnd();
    }

    /// <summary>Completes the call. Not under the gate: the caller may go on at once.</summary>
    public void Complete()
    {
        if (_error is OperationCanceledException cancelled)
        {
            _promise.SetCanceled(cancelled.CancellationToken);
        }
        else if (_error is not null)
        {
            _promise.SetException(_error);
        }
        else
        {
            _promise.SetResult(_answer);
        }
    }

    public string Outcome => _error?.GetType().Name ?? _answer.Header.Status.ToString();

    private bool TryEnd()
    {
        if (!_hasOutcome || _holds > 0 || _isEnded)
        {
            return false;
        }

        _isEnded = true;
        State = RequestState.Ended;
        return true;
    }
}

/// <summary>Where a request is.</summary>
internal enum RequestState
{
    /// <summary>It waits for a connection, or for its turn.</summary>
    Waiting,

    /// <summary>It has a connection and waits for the send loop.</summary>
    Assigned,

    /// <summary>Its first byte may be on the wire.</summary>
    Sent,

    /// <summary>It has an outcome.</summary>
    Ended,
}
