namespace OrleansStorage.Metadata.Owners;

/// <summary>Until when a silo may serve reads from memory. Written by its renewals, read by any thread.</summary>
internal sealed class Lease(TimeProvider clock, TimeSpan duration)
{
    private const long None = long.MinValue;
    private readonly long _durationTicks = (long)(duration.TotalSeconds * clock.TimestampFrequency);
    private long _until = None;

    /// <summary>It has not run out.</summary>
    public bool IsValid
    {
        get
        {
            var until = Volatile.Read(ref _until);
            return until != None && clock.GetTimestamp() < until;
        }
    }

    /// <summary>It is valid for its duration from a timestamp on, which was taken before it was asked for.</summary>
    public void Extend(long askedAt) => Volatile.Write(ref _until, askedAt + _durationTicks);

    /// <summary>It is over.</summary>
    public void End() => Volatile.Write(ref _until, None);
}
