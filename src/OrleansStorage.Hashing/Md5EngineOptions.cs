using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Hashing;

/// <summary>How an <see cref="Md5Engine"/> uses the processor.</summary>
public sealed record Md5EngineOptions
{
    /// <summary>
    /// Most threads that compute queued data at a time, 1 or more; default: one per processor. Another one starts only
    /// when it would find all of its lanes filled.
    /// </summary>
    public int CombinersMax { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Appends with fewer bytes of whole blocks than this are computed by the caller at once; 1 or more, default 16 KiB.
    /// </summary>
    public int QueuedBytesMin { get; init; } = 16 * 1024;

    /// <summary>Most streams in lock step: 1, 4, 8 or 16, and not more than the processor has.</summary>
    internal int LanesMax { get; init; } = Md5Core.Lanes;

    /// <summary>Where combiners run.</summary>
    internal IMd5Executor Executor { get; init; } = ThreadPoolMd5Executor.Instance;

    /// <summary>How long a combiner may wait for its turn before the engine starts a thread for it.</summary>
    internal TimeSpan RescueAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CombinersMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueuedBytesMin, 1);
        if (!Md5Core.IsSupported(LanesMax))
        {
            throw new PlatformNotSupportedException($"This processor cannot compute {LanesMax} MD5 lanes.");
        }
    }
}
