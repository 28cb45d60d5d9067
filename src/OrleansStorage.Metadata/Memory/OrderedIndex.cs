namespace OrleansStorage.Metadata.Memory;

/// <summary>The rows of a table in the order of their encoded keys: a B+ tree.</summary>
/// <remarks>
/// A node holds at most <see cref="Capacity"/> entries and splits in halves; a node that has become small is merged
/// with its neighbour when both fit well into one, or one is empty. Separators are lower bounds: <c>Keys[i]</c> is at most every key
/// under <c>Children[i]</c> and greater than every key before it; <c>Keys[0]</c> is not looked at.
/// </remarks>
internal sealed class OrderedIndex
{
    private const int Capacity = 64;
    private const int MergeBelow = Capacity / 4;
    private const int MergedMax = Capacity * 3 / 4;

    private Node _root = new Leaf();

    private abstract class Node
    {
        public int Count;
    }

    private sealed class Leaf : Node
    {
        public readonly MemoryRow?[] Rows = new MemoryRow?[Capacity];
    }

    private sealed class Inner : Node
    {
        public readonly byte[]?[] Keys = new byte[]?[Capacity];
        public readonly Node?[] Children = new Node?[Capacity];
    }

    /// <summary>Adds a row whose key is not there yet.</summary>
    public void Insert(MemoryRow row)
    {
        if (Insert(_root, row) is not { } split)
        {
            return;
        }

        var root = new Inner { Count = 2 };
        root.Children[0] = _root;
        root.Children[1] = split.Right;
        root.Keys[1] = split.Key;
        _root = root;
    }

    /// <summary>Removes the row with the key, which is there.</summary>
    public void Remove(ReadOnlySpan<byte> key)
    {
        Remove(_root, key);
        while (_root is Inner { Count: 1 } inner)
        {
            _root = inner.Children[0]!;
        }
    }

    /// <summary>Adds the rows of a range to a list, until it holds <paramref name="limit"/>.</summary>
    public void Collect(byte[] from, bool fromInclusive, byte[] to, int limit, List<MemoryRow> rows) =>
        Collect(_root, from, fromInclusive, to, limit, rows);

    private static bool Collect(Node node, byte[] from, bool fromInclusive, byte[] to, int limit, List<MemoryRow> rows)
    {
        if (node is Leaf leaf)
        {
            return Collect(leaf, from, fromInclusive, to, limit, rows);
        }

        var inner = (Inner)node;
        for (var i = ChildOf(inner, from); i < inner.Count; i++)
        {
            if (!Collect(inner.Children[i]!, from, fromInclusive, to, limit, rows))
            {
                return false;
            }
        }

        return true;
    }

    /// <returns>False when nothing after this leaf can belong to the result.</returns>
    private static bool Collect(Leaf leaf, byte[] from, bool fromInclusive, byte[] to, int limit, List<MemoryRow> rows)
    {
        var start = Find(leaf, from);
        var first = start >= 0 ? start + (fromInclusive ? 0 : 1) : ~start;
        for (var i = first; i < leaf.Count; i++)
        {
            if (rows.Count == limit || leaf.Rows[i]!.Key.AsSpan().SequenceCompareTo(to) >= 0)
            {
                return false;
            }

            rows.Add(leaf.Rows[i]!);
        }

        return rows.Count < limit;
    }

    private static (byte[] Key, Node Right)? Insert(Node node, MemoryRow row)
    {
        if (node is Leaf leaf)
        {
            return Insert(leaf, row);
        }

        var inner = (Inner)node;
        var child = ChildOf(inner, row.Key);
        if (Insert(inner.Children[child]!, row) is not { } split)
        {
            return null;
        }

        var target = inner;
        var at = child + 1;
        (byte[] Key, Node Right)? up = null;
        if (inner.Count == Capacity)
        {
            var right = SplitOff(inner);
            up = (right.Keys[0]!, right);
            if (at > inner.Count)
            {
                at -= inner.Count;
                target = right;
            }
        }

        OpenGap(target.Keys, at, target.Count);
        OpenGap(target.Children, at, target.Count);
        target.Keys[at] = split.Key;
        target.Children[at] = split.Right;
        target.Count++;
        return up;
    }

    private static (byte[] Key, Node Right)? Insert(Leaf leaf, MemoryRow row)
    {
        var at = ~Find(leaf, row.Key);
        if (at < 0)
        {
            throw new InvalidOperationException("The key is in the index already.");
        }

        Leaf? right = null;
        var target = leaf;
        if (leaf.Count == Capacity)
        {
            right = SplitOff(leaf, at);
            if (at > leaf.Count || (at == leaf.Count && right.Count == 0))
            {
                at -= leaf.Count;
                target = right;
            }
        }

        OpenGap(target.Rows, at, target.Count);
        target.Rows[at] = row;
        target.Count++;
        return right is null ? null : (right.Rows[0]!.Key, right);
    }

    // Keys that come in order would leave every leaf half empty: the last place of a leaf splits off an empty one.
    private static Leaf SplitOff(Leaf leaf, int at)
    {
        var keep = at == Capacity ? Capacity : Capacity / 2;
        var right = new Leaf { Count = Capacity - keep };
        Array.Copy(leaf.Rows, keep, right.Rows, 0, right.Count);
        Array.Clear(leaf.Rows, keep, right.Count);
        leaf.Count = keep;
        return right;
    }

    private static Inner SplitOff(Inner inner)
    {
        const int Keep = Capacity / 2;
        var right = new Inner { Count = Capacity - Keep };
        Array.Copy(inner.Keys, Keep, right.Keys, 0, right.Count);
        Array.Copy(inner.Children, Keep, right.Children, 0, right.Count);
        Array.Clear(inner.Keys, Keep, right.Count);
        Array.Clear(inner.Children, Keep, right.Count);
        inner.Count = Keep;
        return right;
    }

    private static void Remove(Node node, ReadOnlySpan<byte> key)
    {
        if (node is Leaf leaf)
        {
            var at = Find(leaf, key);
            CloseGap(leaf.Rows, at >= 0 ? at : throw new InvalidOperationException("The key is not in the index."), leaf.Count);
            leaf.Count--;
            return;
        }

        var inner = (Inner)node;
        var child = ChildOf(inner, key);
        Remove(inner.Children[child]!, key);
        if (inner.Children[child]!.Count < MergeBelow && inner.Count > 1)
        {
            Merge(inner, child == 0 ? 0 : child - 1);
        }
    }

    /// <summary>Merges child <paramref name="left"/> with the next, if both together are small enough.</summary>
    private static void Merge(Inner parent, int left)
    {
        var into = parent.Children[left]!;
        var from = parent.Children[left + 1]!;
        var total = into.Count + from.Count;
        if (total > MergedMax && into.Count > 0 && from.Count > 0)
        {
            return;
        }

        if (into is Leaf leaf)
        {
            Array.Copy(((Leaf)from).Rows, 0, leaf.Rows, leaf.Count, from.Count);
        }
        else
        {
            var (inner, right) = ((Inner)into, (Inner)from);
            right.Keys[0] = parent.Keys[left + 1];
            Array.Copy(right.Keys, 0, inner.Keys, inner.Count, right.Count);
            Array.Copy(right.Children, 0, inner.Children, inner.Count, right.Count);
        }

        into.Count = total;
        CloseGap(parent.Keys, left + 1, parent.Count);
        CloseGap(parent.Children, left + 1, parent.Count);
        parent.Count--;
    }

    private static int ChildOf(Inner inner, ReadOnlySpan<byte> key)
    {
        var (low, high) = (1, inner.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (inner.Keys[middle].AsSpan().SequenceCompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private static int Find(Leaf leaf, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, leaf.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = leaf.Rows[middle]!.Key.AsSpan().SequenceCompareTo(key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private static void OpenGap<T>(T[] items, int at, int count) => Array.Copy(items, at, items, at + 1, count - at);

    private static void CloseGap<T>(T?[] items, int at, int count)
    {
        Array.Copy(items, at + 1, items, at, count - at - 1);
        items[count - 1] = default;
    }
}
