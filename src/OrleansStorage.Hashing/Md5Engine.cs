using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Hashing;

/// <summary>Computes the MD5 of many streams at a time, on the vectors of the processor.</summary>
/// <remarks>
/// One MD5 is a single chain of dependent instructions, so a core computes it no faster however wide it is. Streams that
/// are appended to at the same time are computed in lock step instead, one in each lane of a vector (4, 8 or 16), at
/// little more than the cost of one. A stream that is alone is computed by its caller, without delay. Idle, an engine
/// has no thread, no timer and no cost. Thread-safe.
/// MD5 is here because S3 defines ETags by it; it protects nothing against an adversary.
/// </remarks>
public sealed class Md5Engine : IDisposable
{
    private readonly Md5EngineOptions _options;
    private readonly Md5Queue _queue;
    private volatile bool _disposed;

    /// <summary>An idle engine.</summary>
    /// <param name="options">Settings; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is less than 1.</exception>
    public Md5Engine(Md5EngineOptions? options = null)
    {
        _options = options ?? new Md5EngineOptions();
        _options.Validate();
        _queue = new Md5Queue(_options);
    }

    /// <summary>What was done so far.</summary>
    public Md5EngineStatistics Statistics => _queue.Statistics;

    /// <summary>Begins an MD5 computation. The caller disposes it.</summary>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public Md5Stream CreateStream()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Md5Stream(_queue, _options.QueuedBytesMin);
    }

    /// <summary>
    /// Abandons what is queued: those appends throw <see cref="ObjectDisposedException"/>, and so does every later one
    /// that would be queued. Waits for a segment that is being computed (about 0.1 ms).
    /// </summary>
    public void Dispose()
    {
        _disposed = true;
        _queue.Dispose();
    }
}
