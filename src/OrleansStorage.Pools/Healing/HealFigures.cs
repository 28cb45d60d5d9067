namespace OrleansStorage.Pools.Healing;

/// <summary>What healing has done, and how fast. For any number of threads.</summary>
public sealed class HealFigures
{
    private const int WindowSeconds = 16;

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly long[] _seconds = new long[WindowSeconds];
    private readonly long _begin;
    private long _second;
    private long _fragments;
    private long _bytes;
    private long _dropped;

    /// <summary>Nothing yet.</summary>
    public HealFigures(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _begin = time.GetTimestamp();
    }

    /// <summary>Fragments that were made anew or copied to the device that should have them.</summary>
    public long FragmentsRebuilt => Interlocked.Read(ref _fragments);

    /// <summary>Their bytes.</summary>
    public long BytesRebuilt => Interlocked.Read(ref _bytes);

    /// <summary>Fragments that were dropped from devices whose own they are not any more.</summary>
    public long FragmentsDropped => Interlocked.Read(ref _dropped);

    /// <summary>Bytes made anew per second, over the last 16 seconds.</summary>
    public long BytesPerSecond
    {
        get
        {
            lock (_gate)
            {
                Turn();
                return _seconds.Sum() / Math.Clamp(_second + 1, 1, WindowSeconds);
            }
        }
    }

    internal void Rebuilt(int bytes)
    {
        Interlocked.Increment(ref _fragments);
        Interlocked.Add(ref _bytes, bytes);
        lock (_gate)
        {
            Turn();
            _seconds[_second % WindowSeconds] += bytes;
        }
    }

    internal void Dropped(int fragments) => Interlocked.Add(ref _dropped, fragments);

    private void Turn()
    {
        var now = (long)_time.GetElapsedTime(_begin).TotalSeconds;
        for (var second = Math.Max(_second + 1, now - WindowSeconds + 1); second <= now; second++)
        {
            _seconds[second % WindowSeconds] = 0;
        }

        _second = Math.Max(_second, now);
    }
}
