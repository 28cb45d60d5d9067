namespace OrleansStorage.Gateway.Objects;

/// <summary>The reads of this silo that are under way: what was garbage after the oldest began is still kept.</summary>
public sealed class OpenReads(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<long> _begunMs = new();

    /// <summary>Number of reads under way.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _begunMs.Count;
            }
        }
    }

    /// <summary>Unix time at which the oldest read began, in milliseconds; <see langword="null"/> when there is none.</summary>
    public long? OldestMs
    {
        get
        {
            lock (_lock)
            {
                return _begunMs.First?.Value;
            }
        }
    }

    /// <summary>A read begins; dispose the result once when it ends.</summary>
    internal OpenRead Begin()
    {
        lock (_lock)
        {
            return new OpenRead(this, _begunMs.AddLast(time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    private void End(LinkedListNode<long> node)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _begunMs.Remove(node);
            }
        }
    }

    /// <summary>A read under way.</summary>
    internal sealed class OpenRead(OpenReads owner, LinkedListNode<long> node) : IDisposable
    {
        /// <summary>The read is over.</summary>
        public void Dispose() => owner.End(node);
    }
}
