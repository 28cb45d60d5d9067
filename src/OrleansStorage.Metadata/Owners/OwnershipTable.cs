namespace OrleansStorage.Metadata.Owners;

/// <summary>The ownerships of one silo. For any number of threads.</summary>
/// <remarks>
/// At most one ownership of an owner is not lost: the one with the highest epoch. What was taken from the silo while
/// it was still acquiring the same owner is remembered until the acquisition ends, whose result is lost then.
/// </remarks>
internal sealed class OwnershipTable
{
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Lock _lock = new();
    private bool _isOver;

    private sealed class Entry
    {
        public Ownership? Current;
        public int Acquisitions;
        public long LostBelowEpoch;
    }

    /// <summary>An acquisition begins: the earlier ownership is lost. <see cref="EndAcquisition"/> must follow.</summary>
    public void BeginAcquisition(string owner)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(owner, out var entry))
            {
                _entries.Add(owner, entry = new Entry());
            }

            entry.Acquisitions++;
            entry.Current?.Lose();
            entry.Current = null;
        }
    }

    /// <summary>The acquisition has brought an ownership.</summary>
    public void Add(Ownership ownership)
    {
        lock (_lock)
        {
            var entry = _entries[ownership.Owner];
            if (_isOver || entry.LostBelowEpoch > ownership.Epoch || entry.Current?.Epoch > ownership.Epoch)
            {
                ownership.Lose();
                return;
            }

            entry.Current?.Lose();
            entry.Current = ownership;
        }
    }

    /// <summary>An acquisition has ended, with or without an ownership.</summary>
    public void EndAcquisition(string owner)
    {
        lock (_lock)
        {
            var entry = _entries[owner];
            entry.Acquisitions--;
            Trim(owner, entry);
        }
    }

    /// <summary>Somebody else has taken the owner with an epoch.</summary>
    public void Lose(string owner, long nextEpoch)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(owner, out var entry))
            {
                return;
            }

            entry.LostBelowEpoch = Math.Max(entry.LostBelowEpoch, nextEpoch);
            if (entry.Current?.Epoch < nextEpoch)
            {
                entry.Current.Lose();
                entry.Current = null;
            }

            Trim(owner, entry);
        }
    }

    /// <summary>This ownership is given back.</summary>
    /// <returns>False when it was lost before.</returns>
    public bool Remove(Ownership ownership)
    {
        lock (_lock)
        {
            if (ownership.IsLost)
            {
                return false;
            }

            ownership.Lose();
            var entry = _entries[ownership.Owner];
            entry.Current = null;
            Trim(ownership.Owner, entry);
            return true;
        }
    }

    /// <summary>Everything is lost, and what is acquired later is lost too.</summary>
    public void LoseAll()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (var entry in _entries.Values)
            {
                entry.Current?.Lose();
                entry.Current = null;
            }
        }
    }

    private void Trim(string owner, Entry entry)
    {
        if (entry is { Current: null, Acquisitions: 0 })
        {
            _entries.Remove(owner);
        }
    }
}
