using Microsoft.Extensions.Logging;

namespace OrleansStorage.Grains.Buckets;

/// <summary>Log messages of the grains of a bucket. Event ids are never reused.</summary>
internal static partial class ActivationLog
{
    [LoggerMessage(1001, LogLevel.Information, "Epoch {Epoch} of {Owner} is over; this activation ends.")]
    public static partial void Fenced(ILogger logger, string owner, long epoch);

    [LoggerMessage(
        1002, LogLevel.Warning, "A commit of {Owner} in epoch {Epoch} has an unknown outcome; this activation ends.")]
    public static partial void OutcomeUnknown(ILogger logger, string owner, long epoch, Exception exception);

    [LoggerMessage(1003, LogLevel.Warning, "The metadata store refused a commit of {Owner}.")]
    public static partial void StoreUnavailable(ILogger logger, string owner, Exception exception);
}
