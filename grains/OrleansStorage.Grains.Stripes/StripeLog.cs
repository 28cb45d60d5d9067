using Microsoft.Extensions.Logging;
using OrleansStorage.Pools;
using OrleansStorage.Pools.Healing;

namespace OrleansStorage.Grains.Stripes;

/// <summary>Log messages of pools and stripe groups. Event ids are never reused.</summary>
internal static partial class StripeLog
{
    [LoggerMessage(1101, LogLevel.Warning, "Device {Device} of pool {Pool} is {To}, was {From}: {Reason}.")]
    public static partial void Changed(
        ILogger logger, Guid device, string pool, MemberState to, MemberState from, MemberReason reason);

    [LoggerMessage(1102, LogLevel.Warning, "A round of healing of pool {Pool} ended early; the next one goes on.")]
    public static partial void RoundFailed(ILogger logger, string pool, Exception exception);

    [LoggerMessage(1103, LogLevel.Warning, "Another activation owns {Owner} by now, or a commit has an unknown outcome; this one ends.")]
    public static partial void Over(ILogger logger, string owner, Exception? exception);
}
