namespace Orleans.Messages;

/// <summary>Objects already copied in one message, so that shared and cyclic references stay so in the copy.</summary>
internal sealed class CopyContext
{
    private Dictionary<object, object>? _copies;

    public bool TryGet<T>(T original, out T copy) where T : class
    {
        if (_copies is not null && _copies.TryGetValue(original, out var known))
        {
            copy = (T)known;
            return true;
        }

        copy = null!;
        return false;
    }

    public void Record(object original, object copy) =>
        (_copies ??= new Dictionary<object, object>(ReferenceEqualityComparer.Instance))[original] = copy;
}
