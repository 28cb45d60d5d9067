using System.Collections;

namespace OrleansStorage.S3.Store;

/// <summary>
/// Headers that are stored with an object and given back with it: lower-case names (<c>content-type</c>,
/// <c>cache-control</c>, <c>x-amz-meta-…</c>, …) and their values, in the order in which they came. Immutable.
/// </summary>
public sealed class ObjectHeaders(IReadOnlyList<KeyValuePair<string, string>> items)
    : IReadOnlyList<KeyValuePair<string, string>>
{
    /// <summary>No headers.</summary>
    public static ObjectHeaders Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => items.Count;

    /// <inheritdoc/>
    public KeyValuePair<string, string> this[int index] => items[index];

    /// <summary>The value of a header, or <see langword="null"/>.</summary>
    /// <param name="name">Lower-case name.</param>
    public string? Find(string name)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Key == name)
            {
                return items[i].Value;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => items.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
