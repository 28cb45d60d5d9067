namespace OrleansStorage.Devices.Log;

/// <summary>Holds background work to a rate.</summary>
internal sealed class Throttle(TimeProvider time, StopSignal stop, long bytesPerSecond)
{
    private readonly long _begin = time.GetTimestamp();
    private double _bytes;

    /// <summary>Counts bytes and waits as long as they are ahead of the rate.</summary>
    public async ValueTask SpendAsync(long bytes)
    {
        if (bytesPerSecond == long.MaxValue)
        {
            return;
        }

        _bytes += bytes;
        var ahead = TimeSpan.FromSeconds(_bytes / bytesPerSecond) - time.GetElapsedTime(_begin);
        if (ahead > TimeSpan.FromMilliseconds(1))
        {
            await stop.SleepAsync(ahead);
        }
    }
}
