namespace OrleansStorage.Metadata.Memory;

/// <summary>A call that happens some time after it was made and is answered some time after it happened.</summary>
/// <remarks>
/// It happens on the clock's timers and not in the caller's context: a caller that is paused does not hold back what
/// it has sent.
/// </remarks>
internal sealed class DelayedCall<T>
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<T> _call;
    private readonly Func<Exception?> _lost;
    private readonly TimeSpan _answerDelay;
    private readonly ITimer _timer;
    private CancellationTokenRegistration _cancellation;
    private T? _result;
    private Exception? _failure;
    private int _state; // 0 sent, 1 happened, 2 given up before it happened

    /// <param name="clock">Whose timers.</param>
    /// <param name="sendDelay">How long until it happens.</param>
    /// <param name="answerDelay">How long after that it is answered.</param>
    /// <param name="call">What happens.</param>
    /// <param name="lost">The failure of a call that a crash has swallowed, asked before it happens and before it is answered.</param>
    public DelayedCall(TimeProvider clock, TimeSpan sendDelay, TimeSpan answerDelay, Func<T> call, Func<Exception?> lost)
    {
        _call = call;
        _lost = lost;
        _answerDelay = answerDelay;
        _timer = clock.CreateTimer(
            static state => ((DelayedCall<T>)state!).Elapsed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(sendDelay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The answer; <paramref name="cancellationToken"/> gives up unless it has happened already.</summary>
    public Task<T> AnswerAsync(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((DelayedCall<T>)state!).GiveUp(token), this);
        return _answer.Task;
    }

    private void Elapsed()
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) == 0)
        {
            Happen();
            _timer.Change(_answerDelay, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Answer();
        }
    }

    private void Happen()
    {
        _failure = _lost();
        if (_failure is not null)
        {
            return;
        }

        try
        {
            _result = _call();
        }
        catch (Exception exception) when (exception is MetadataException or InvalidOperationException)
        {
            _failure = exception;
        }
    }

    private void Answer()
    {
        _timer.Dispose();
        _cancellation.Unregister();
        var failure = _failure ?? _lost();
        if (failure is null)
        {
            _answer.TrySetResult(_result!);
        }
        else
        {
            _answer.TrySetException(failure);
        }
    }

    private void GiveUp(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) == 0)
        {
            _timer.Dispose();
            _answer.TrySetCanceled(token);
        }
    }
}
