using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace OrleansStorage.Devices.Log;

/// <summary>A sorted map in leaves of neighbouring keys. Not safe for concurrent use.</summary>
/// <remarks>
/// Sequential insertion fills leaves to the last slot, random insertion to about 70 %, so a key with its value costs 1 to 1.4 times
/// their size. Insertion moves at most one leaf's entries, and a pointer per leaf once in <c>LeafMax</c> insertions or less.
/// </remarks>
internal sealed class SortedTable<TKey, TValue>
    where TKey : struct, IComparable<TKey>
{
    private const int LeafMin = 8;
    private const int LeafMax = 128;

    private readonly List<Leaf> _leaves = [];

    /// <summary>Number of keys.</summary>
    public long Count { get; private set; }

    /// <summary>The place of a key's value, or a null reference; valid until the next change.</summary>
    public ref TValue Find(TKey key)
    {
        var (leaf, slot) = Locate(key);
        return ref slot < 0
            ? ref System.Runtime.CompilerServices.Unsafe.NullRef<TValue>()
            : ref _leaves[leaf].Values[slot];
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var (leaf, slot) = Locate(key);
        value = slot < 0 ? default : _leaves[leaf].Values[slot];
        return slot >= 0;
    }

    /// <summary>Adds a key, or replaces its value.</summary>
    public void Set(TKey key, TValue value)
    {
        var (leafIndex, slot) = Locate(key);
        if (slot >= 0)
        {
            _leaves[leafIndex].Values[slot] = value;
            return;
        }

        if (_leaves.Count == 0)
        {
            _leaves.Add(new Leaf(LeafMin));
            leafIndex = 0;
        }

        var leaf = _leaves[leafIndex];
        slot = ~slot;
        if (leaf.Count == LeafMax)
        {
            (leaf, slot) = Split(leafIndex, slot);
        }

        leaf.Insert(slot, key, value);
        Count++;
    }

    public bool Remove(TKey key)
    {
        var (leafIndex, slot) = Locate(key);
        if (slot < 0)
        {
            return false;
        }

        var leaf = _leaves[leafIndex];
        leaf.RemoveAt(slot);
        if (leaf.Count == 0)
        {
            _leaves.RemoveAt(leafIndex);
        }

        Count--;
        return true;
    }

    /// <summary>Copies the entries after a key, in order.</summary>
    /// <param name="after">Only greater keys.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="result">Appended to.</param>
    public void CopyAfter(TKey after, int limit, List<KeyValuePair<TKey, TValue>> result)
    {
        var (leafIndex, slot) = Locate(after);
        slot = slot >= 0 ? slot + 1 : ~slot;
        for (; leafIndex < _leaves.Count && limit > 0; leafIndex++, slot = 0)
        {
            var leaf = _leaves[leafIndex];
            for (; slot < leaf.Count && limit > 0; slot++, limit--)
            {
                result.Add(KeyValuePair.Create(leaf.Keys[slot], leaf.Values[slot]));
            }
        }
    }

    /// <summary>All entries in order; the table must not change meanwhile.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> All()
    {
        foreach (var leaf in _leaves)
        {
            for (var slot = 0; slot < leaf.Count; slot++)
            {
                yield return KeyValuePair.Create(leaf.Keys[slot], leaf.Values[slot]);
            }
        }
    }

    private (Leaf Leaf, int Slot) Split(int leafIndex, int slot)
    {
        var leaf = _leaves[leafIndex];

        // Keys mostly arrive in order: what is appended begins a leaf of its own and leaves a full one behind.
        var keep = slot == LeafMax ? LeafMax : LeafMax / 2;
        var right = leaf.SplitAt(keep);
        _leaves.Insert(leafIndex + 1, right);
        return slot > keep || keep == LeafMax ? (right, slot - keep) : (leaf, slot);
    }

    private (int Leaf, int Slot) Locate(TKey key)
    {
        var leaves = CollectionsMarshal.AsSpan(_leaves);
        var low = 0;
        var high = leaves.Length;
        while (high - low > 1)
        {
            var middle = (low + high) >>> 1;
            if (leaves[middle].Keys[0].CompareTo(key) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low < leaves.Length ? (low, leaves[low].Search(key)) : (0, ~0);
    }

    private sealed class Leaf(int capacity)
    {
        public TKey[] Keys = new TKey[capacity];
        public TValue[] Values = new TValue[capacity];
        public int Count;

        public int Search(TKey key)
        {
            var low = 0;
            var high = Count - 1;
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = Keys[middle].CompareTo(key);
                if (order == 0)
                {
                    return middle;
                }

                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return ~low;
        }

        public void Insert(int slot, TKey key, TValue value)
        {
            if (Count == Keys.Length)
            {
                Array.Resize(ref Keys, Math.Min(LeafMax, Count * 2));
                Array.Resize(ref Values, Math.Min(LeafMax, Count * 2));
            }

            Array.Copy(Keys, slot, Keys, slot + 1, Count - slot);
            Array.Copy(Values, slot, Values, slot + 1, Count - slot);
            Keys[slot] = key;
            Values[slot] = value;
            Count++;
        }

        public void RemoveAt(int slot)
        {
            Count--;
            Array.Copy(Keys, slot + 1, Keys, slot, Count - slot);
            Array.Copy(Values, slot + 1, Values, slot, Count - slot);
            Values[Count] = default!;
        }

        public Leaf SplitAt(int keep)
        {
            var right = new Leaf(LeafMax);
            right.Count = Count - keep;
            Array.Copy(Keys, keep, right.Keys, 0, right.Count);
            Array.Copy(Values, keep, right.Values, 0, right.Count);
            Array.Clear(Values, keep, right.Count);
            Count = keep;
            return right;
        }
    }
}
