using System.Threading.Tasks.Sources;

namespace OrleansStorage.Devices.Files;

/// <summary>The result of one call of a file layer. Awaited once; never captures the awaiter's scheduler.</summary>
internal class IoCompletion<T>(bool inline) : IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = !inline };

    public ValueTask<T> Task => new(this, _core.Version);

    public ValueTask UntypedTask => new(this, _core.Version);

    public void Succeed(T result) => _core.SetResult(result);

    public void Fail(Exception error) => _core.SetException(error);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, Free(flags));

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, Free(flags));

    public virtual T GetResult(short token) => _core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    protected void Reset() => _core.Reset();

    private static ValueTaskSourceOnCompletedFlags Free(ValueTaskSourceOnCompletedFlags flags) =>
        flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
}
