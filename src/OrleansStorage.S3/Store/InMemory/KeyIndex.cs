namespace OrleansStorage.S3.Store.InMemory;

/// <summary>Values by key, in the order of keys. Used under the store's lock.</summary>
internal class KeyIndex<T>
    where T : class
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _keys = new(KeyOrder.Instance);

    /// <summary>Number of keys.</summary>
    public int Count => _values.Count;

    /// <summary>The value of a key.</summary>
    public T? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>Sets the value of a key.</summary>
    public void Set(string key, T value)
    {
        _values[key] = value;
        _keys.Add(key);
    }

    /// <summary>Removes a key.</summary>
    public bool Remove(string key) => _values.Remove(key) && _keys.Remove(key);

    /// <summary>
    /// Keys and common prefixes after a name, in order; a common prefix has no value. Walks every key under a common
    /// prefix: plain, as a model should be.
    /// </summary>
    public IEnumerable<(string Name, T? Value)> Roll(string prefix, string delimiter, string after)
    {
        string? rolled = null;
        foreach (var key in From(KeyOrder.Instance.Compare(after, prefix) > 0 ? after : prefix))
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield break;
            }

            if (KeyOrder.Instance.Compare(key, after) <= 0
                || (rolled is not null && key.StartsWith(rolled, StringComparison.Ordinal)))
            {
                continue;
            }

            var cut = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            if (cut < 0)
            {
                yield return (key, _values[key]);
                continue;
            }

            rolled = key[..(cut + delimiter.Length)];
            if (KeyOrder.Instance.Compare(rolled, after) > 0)
            {
                yield return (rolled, null);
            }
        }
    }

    private SortedSet<string> From(string start) =>
        _keys.Max is { } max && KeyOrder.Instance.Compare(start, max) <= 0 ? _keys.GetViewBetween(start, max) : new SortedSet<string>();
}
