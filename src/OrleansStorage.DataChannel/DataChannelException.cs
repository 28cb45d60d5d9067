using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel;

/// <summary>No answer came from the peer.</summary>
/// <param name="fault">Why.</param>
/// <param name="isOutcomeUnknown">Whether the peer may have done what was asked.</param>
/// <param name="message">Why, in words.</param>
/// <param name="inner">What happened below.</param>
public sealed class DataChannelException(
    DataChannelFault fault, bool isOutcomeUnknown, string message, Exception? inner = null)
    : DeviceUnreachableException(message, inner)
{
    /// <summary>Why.</summary>
    public DataChannelFault Fault { get; } = fault;

    /// <summary>
    /// <see langword="true"/> when the request, or a part of it, was sent: the peer may have done it, or may do it yet.
    /// <see langword="false"/> when it certainly did not.
    /// </summary>
    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;
}
