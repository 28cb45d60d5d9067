using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Requests;

/// <summary>The decoded query of a request, in the order in which it came. Names are case-sensitive.</summary>
internal sealed class QueryParameters
{
    /// <summary>More parameters than any S3 request has.</summary>
    public const int CountMax = 64;

    private readonly List<KeyValuePair<string, string>> _items;

    private QueryParameters(List<KeyValuePair<string, string>> items)
    {
        _items = items;
    }

    /// <summary>No parameters.</summary>
    public static QueryParameters Empty { get; } = new([]);

    /// <summary>Number of parameters.</summary>
    public int Count => _items.Count;

    /// <summary>A parameter by its place.</summary>
    public KeyValuePair<string, string> this[int index] => _items[index];

    /// <summary>Splits and decodes a query.</summary>
    /// <param name="query">Without the question mark.</param>
    /// <exception cref="S3Exception">InvalidURI.</exception>
    public static QueryParameters Parse(ReadOnlySpan<char> query)
    {
        if (query.IsEmpty)
        {
            return Empty;
        }

        var items = new List<KeyValuePair<string, string>>();
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            if (pair.IsEmpty)
            {
                continue;
            }

            var separator = pair.IndexOf('=');
            var name = separator < 0 ? pair : pair[..separator];
            var value = separator < 0 ? [] : pair[(separator + 1)..];
            if (items.Count == CountMax
                || !PercentEncoding.TryDecode(name, plusIsSpace: true, out var decodedName)
                || !PercentEncoding.TryDecode(value, plusIsSpace: true, out var decodedValue))
            {
                throw new S3Exception(S3ErrorCode.InvalidUri);
            }

            items.Add(new(decodedName, decodedValue));
        }

        return new QueryParameters(items);
    }

    /// <summary>The value of the first parameter of that name; <see langword="null"/> when there is none.</summary>
    public string? Find(string name)
    {
        foreach (var item in _items)
        {
            if (item.Key == name)
            {
                return item.Value;
            }
        }

        return null;
    }

    /// <summary>Whether there is a parameter of that name.</summary>
    public bool Has(string name) => Find(name) is not null;
}
