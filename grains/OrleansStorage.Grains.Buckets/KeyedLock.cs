namespace OrleansStorage.Grains.Buckets;

/// <summary>Locks by name, shared or exclusive, first come first served. For the turns of one grain: not thread safe.</summary>
/// <remarks>
/// A name that nobody holds costs nothing. Invariants: an entry has an exclusive holder, or shared holders, never both;
/// nobody waits behind a free lock.
/// </remarks>
internal sealed class KeyedLock(int waitersPerNameMax)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Stack<Entry> _free = new();

    /// <summary>Number of names that are held.</summary>
    public int Count => _entries.Count;

    /// <summary>Waits for the lock; dispose the result to let go.</summary>
    /// <exception cref="KeyedLockFullException">Too many wait for this name.</exception>
    public ValueTask<Hold> EnterAsync(string name, bool shared = false)
    {
        if (!_entries.TryGetValue(name, out var entry))
        {
            entry = _free.Count > 0 ? _free.Pop() : new Entry();
            entry.Exclusive = !shared;
            entry.SharedHolders = shared ? 1 : 0;
            _entries.Add(name, entry);
            return new(new Hold(this, name, shared));
        }

        if (shared && !entry.Exclusive && entry.Waiters.Count == 0)
        {
            entry.SharedHolders++;
            return new(new Hold(this, name, shared));
        }

        if (entry.Waiters.Count >= waitersPerNameMax)
        {
            throw new KeyedLockFullException();
        }

        var waiter = new Waiter(new Hold(this, name, shared), shared);
        entry.Waiters.Enqueue(waiter);
        return new(waiter.Turn.Task);
    }

    private void Exit(string name, bool shared)
    {
        var entry = _entries[name];
        if (shared)
        {
            entry.SharedHolders--;
        }
        else
        {
            entry.Exclusive = false;
        }

        if (entry.SharedHolders > 0)
        {
            return;
        }

        Admit(entry);
        if (!entry.Exclusive && entry.SharedHolders == 0)
        {
            _entries.Remove(name);
            _free.Push(entry);
        }
    }

    private static void Admit(Entry entry)
    {
        while (entry.Waiters.TryPeek(out var next) && (next.Shared || entry.SharedHolders == 0))
        {
            entry.Waiters.Dequeue();
            if (next.Shared)
            {
                entry.SharedHolders++;
            }
            else
            {
                entry.Exclusive = true;
            }

            next.Turn.SetResult(next.Hold);
            if (entry.Exclusive)
            {
                return;
            }
        }
    }

    /// <summary>A lock that is held.</summary>
    public readonly struct Hold(KeyedLock owner, string name, bool shared) : IDisposable
    {
        /// <summary>Lets go.</summary>
        public void Dispose() => owner?.Exit(name, shared);
    }

    private sealed class Entry
    {
        public Queue<Waiter> Waiters { get; } = new();

        public bool Exclusive { get; set; }

        public int SharedHolders { get; set; }
    }

    private sealed class Waiter(Hold hold, bool shared)
    {
        public Hold Hold => hold;

        public bool Shared => shared;

        public TaskCompletionSource<Hold> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Too many callers wait for one lock.</summary>
internal sealed class KeyedLockFullException() : Exception("Too many changes of this key are waiting.");
