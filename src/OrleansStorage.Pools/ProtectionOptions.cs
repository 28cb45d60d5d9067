namespace OrleansStorage.Pools;

/// <summary>How a protection reads and what memory it keeps. Not changed afterwards.</summary>
public sealed class ProtectionOptions
{
    /// <summary>
    /// A fragment that takes longer to read than this is read, or computed, from other devices too, and what is first counts. Zero: never.
    /// </summary>
    /// <remarks>
    /// Nobody can take memory back from a device that is still reading into it. So with a delay, fragments are read into buffers of the
    /// protection and copied (about 0.1 s of processor time for a GB); without one, straight into the caller's memory, and a read takes as
    /// long as its slowest device.
    /// </remarks>
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Reads that nobody waits for any more which one device may have before it is asked only when there is no other way, 1 or more. Bounds
    /// the buffers that a device which does not answer keeps.
    /// </summary>
    public int LateReadsMax { get; set; } = 4;

    /// <summary>Bytes of buffers that are kept for the next call, 0 or more. What calls have in use is not bounded here, but by their number.</summary>
    public long IdleBufferBytesMax { get; set; } = 64L << 20;

    /// <summary>Time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    internal static ProtectionOptions NotHedged { get; } = new() { HedgeDelay = TimeSpan.Zero };

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(HedgeDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LateReadsMax, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(IdleBufferBytesMax);
        ArgumentNullException.ThrowIfNull(Time);
    }
}
