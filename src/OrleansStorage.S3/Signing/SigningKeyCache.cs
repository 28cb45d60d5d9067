using System.Collections.Concurrent;

namespace OrleansStorage.S3.Signing;

/// <summary>Signing keys by credential string. Bounded; holds only keys that have verified a request.</summary>
internal sealed class SigningKeyCache(int countMax)
{
    private readonly ConcurrentDictionary<string, SigningKey> _keys = new(StringComparer.Ordinal);

    /// <summary>The key of a credential string, without allocating; <see langword="null"/> when it is not here.</summary>
    public SigningKey? Find(ReadOnlySpan<char> credential) =>
        _keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(credential, out var key) ? key : null;

    /// <summary>Keeps a key. A full cache is emptied: keys of past days leave it this way.</summary>
    public void Keep(string credential, SigningKey key)
    {
        if (_keys.Count >= countMax)
        {
            _keys.Clear();
        }

        _keys[credential] = key;
    }
}
