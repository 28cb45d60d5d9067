namespace OrleansStorage.Pools.Healing;

/// <summary>How long the calls of users take at present.</summary>
public interface IForegroundLatency
{
    /// <summary>The 99th percentile over the last seconds; zero when nobody calls.</summary>
    TimeSpan P99 { get; }
}

/// <summary>How much healing may take of devices and network.</summary>
public sealed class HealBudgetOptions
{
    /// <summary>Most bytes that are read and written for healing in a second.</summary>
    public long BytesPerSecond { get; set; } = 512L << 20;

    /// <summary>Healing goes on at this rate however slow users' calls are: data at risk comes before latency.</summary>
    public long BytesPerSecondMin { get; set; } = 8L << 20;

    /// <summary>Bytes that may be spent at once.</summary>
    public long BurstBytes { get; set; } = 32L << 20;

    /// <summary>The rate is halved while users' calls take longer.</summary>
    public TimeSpan ForegroundP99Max { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the rate is adapted: down by half, up by an eighth of the whole.</summary>
    public TimeSpan AdaptInterval { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// A token bucket for what healing reads and writes, which gives way to users: the rate is halved while their calls take too long, and
/// comes back step by step. For any number of threads.
/// </summary>
public sealed class HealBudget
{
    private readonly HealBudgetOptions _options;
    private readonly TimeProvider _time;
    private readonly IForegroundLatency? _foreground;
    private readonly Lock _gate = new();
    private double _tokens;
    private double _rate;
    private long _filledAt;
    private long _adaptedAt;

    /// <summary>A full bucket.</summary>
    /// <param name="options">Not changed afterwards.</param>
    /// <param name="time">Time.</param>
    /// <param name="foreground">What users see; null when nobody measures it.</param>
    public HealBudget(HealBudgetOptions options, TimeProvider time, IForegroundLatency? foreground)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BytesPerSecondMin, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BytesPerSecond, options.BytesPerSecondMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BurstBytes, 1);
        _options = options;
        _time = time;
        _foreground = foreground;
        _rate = options.BytesPerSecond;
        _tokens = options.BurstBytes;
        _filledAt = _adaptedAt = time.GetTimestamp();
    }

    /// <summary>Bytes that may be spent in a second at present.</summary>
    public long BytesPerSecond
    {
        get
        {
            lock (_gate)
            {
                return (long)_rate;
            }
        }
    }

    /// <summary>Takes bytes, and waits until what was taken before is paid. More than the burst are paid by those who come after.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        var wait = Take(bytes);
        if (wait >= TimeSpan.FromMilliseconds(1))
        {
            // Not cut short: a cancelled wait goes on on another thread, and seeded runs have one.
            await Task.Delay(wait, _time, CancellationToken.None);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes the bytes and says how long it is until the bucket is not overdrawn.</summary>
    private TimeSpan Take(long bytes)
    {
        lock (_gate)
        {
            Adapt();
            var now = _time.GetTimestamp();
            _tokens = Math.Min(_options.BurstBytes, _tokens + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * _rate));
            _filledAt = now;
            var before = _tokens;
            _tokens -= bytes;
            return before >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-before / _rate);
        }
    }

    private void Adapt()
    {
        if (_foreground is null || _time.GetElapsedTime(_adaptedAt) < _options.AdaptInterval)
        {
            return;
        }

        _adaptedAt = _time.GetTimestamp();
        _rate = _foreground.P99 > _options.ForegroundP99Max
            ? Math.Max(_options.BytesPerSecondMin, _rate / 2)
            : Math.Min(_options.BytesPerSecond, _rate + (_options.BytesPerSecond / 8.0));
    }
}
