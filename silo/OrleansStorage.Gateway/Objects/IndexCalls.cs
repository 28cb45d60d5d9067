using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Calls of grains that own names: repeats what is safe to repeat, and says when the outcome is open.</summary>
internal static class IndexCalls
{
    private const int TriesMax = 6;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Calls until an owner answers. Only <see cref="IndexOutcome.Moved"/> is repeated, because it changed nothing.
    /// </summary>
    /// <exception cref="OutcomeUnknownException">The call failed on the way: the change happened or it did not.</exception>
    public static async ValueTask<T> RunAsync<T>(
        Func<ValueTask<T>> call,
        Func<T, IndexOutcome> outcomeOf,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        for (var tries = 1; ; tries++)
        {
            T result;
            try
            {
                result = await call();
            }
            catch (Exception e) when (StoreErrors.IsUnavailable(e) || e is OperationCanceledException)
            {
                throw new OutcomeUnknownException(e);
            }

            switch (outcomeOf(result))
            {
                case IndexOutcome.Unknown:
                    throw new OutcomeUnknownException(inner: null);
                case IndexOutcome.Moved when tries < TriesMax:
                    await Task.Delay(delay, time, cancellationToken);
                    delay *= 2;
                    break;
                default:
                    return result;
            }
        }
    }

    /// <summary>Reads an entry; a read may always be repeated.</summary>
    public static async ValueTask<ObjectEntry?> FindAsync(
        IObjectIndexGrain index, string key, TimeProvider time, CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        for (var tries = 1; ; tries++)
        {
            try
            {
                // Not cancellable: it takes microseconds, and a token that can be cancelled costs more.
                return await index.FindAsync(key, CancellationToken.None);
            }
            catch (Exception e) when (StoreErrors.IsUnavailable(e))
            {
                if (tries == TriesMax)
                {
                    throw StoreErrors.Unavailable(e);
                }
            }

            await Task.Delay(delay, time, cancellationToken);
            delay *= 2;
        }
    }
}
