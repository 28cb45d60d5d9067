using System.Diagnostics.CodeAnalysis;
using OrleansStorage.Abstractions.Objects;

namespace OrleansStorage.Grains.Buckets;

/// <summary>The current versions of the objects used last. For the turns of one grain: not thread safe.</summary>
/// <remarks>
/// Good when an object is read again soon. A version may only stay here while it is certainly the current one, so:
/// <list type="bullet">
/// <item>a write takes the version out before it commits (<see cref="BeginWrite"/>) and puts one back afterwards
/// (<see cref="EndWrite"/>); whoever reads between reads the store, which decides between old and new for everybody;</item>
/// <item>a read that missed may put what it found here only if no write of that key is under way, and none began or
/// ended since the read began (<see cref="Stamp"/>).</item>
/// </list>
/// Absence is not remembered.
/// </remarks>
internal sealed class ObjectIndexCache(int capacity)
{
    private readonly Dictionary<string, LinkedListNode<Item>> _items = new(StringComparer.Ordinal);
    private readonly LinkedList<Item> _byAge = new();
    private readonly HashSet<string> _writing = new(StringComparer.Ordinal);

    /// <summary>Changes whenever a write begins or ends.</summary>
    public long Stamp { get; private set; }

    /// <summary>Number of versions held.</summary>
    public int Count => _items.Count;

    /// <summary>The current version, if it is known to be that.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out ObjectEntry? entry)
    {
        if (!_items.TryGetValue(key, out var node))
        {
            entry = null;
            return false;
        }

        if (node.Previous is not null)
        {
            _byAge.Remove(node);
            _byAge.AddFirst(node);
        }

        entry = node.Value.Entry;
        return true;
    }

    /// <summary>A write of this key, which no other write overlaps, is about to commit.</summary>
    public void BeginWrite(string key)
    {
        Stamp++;
        _writing.Add(key);
        if (_items.Remove(key, out var node))
        {
            _byAge.Remove(node);
        }
    }

    /// <summary>The write of this key is over.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">What it committed; null when it deleted, failed, or nobody knows.</param>
    public void EndWrite(string key, ObjectEntry? entry)
    {
        Stamp++;
        _writing.Remove(key);
        if (entry is not null)
        {
            Set(key, entry);
        }
    }

    /// <summary>A read that began at <paramref name="stamp"/> found this version.</summary>
    public void OfferRead(string key, ObjectEntry entry, long stamp)
    {
        if (stamp == Stamp && !_writing.Contains(key))
        {
            Set(key, entry);
        }
    }

    private void Set(string key, ObjectEntry entry)
    {
        if (_items.TryGetValue(key, out var node))
        {
            node.Value = new Item(key, entry);
            return;
        }

        if (_items.Count >= capacity && _byAge.Last is { } oldest)
        {
            _items.Remove(oldest.Value.Key);
            _byAge.RemoveLast();
        }

        _items.Add(key, _byAge.AddFirst(new Item(key, entry)));
    }

    private readonly record struct Item(string Key, ObjectEntry Entry);
}
