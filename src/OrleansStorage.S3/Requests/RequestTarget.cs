using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Requests;

/// <summary>What a request is about: bucket, key and query, from the raw target and the Host header.</summary>
/// <remarks>
/// The raw target is used because a server's own path has dot segments removed, and <c>a/../b</c> is a key like any
/// other. Spec: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
/// </remarks>
internal readonly struct RequestTarget
{
    private RequestTarget(string path, string bucket, string key, QueryParameters query)
    {
        Path = path;
        Bucket = bucket;
        Key = key;
        Query = query;
    }

    /// <summary>The decoded path as the client signed it, beginning with '/'.</summary>
    public string Path { get; }

    /// <summary>Bucket; empty for the service itself.</summary>
    public string Bucket { get; }

    /// <summary>Key; empty for the bucket itself.</summary>
    public string Key { get; }

    /// <summary>Decoded query.</summary>
    public QueryParameters Query { get; }

    /// <summary>Takes a request target apart.</summary>
    /// <param name="rawTarget">Origin or absolute form.</param>
    /// <param name="host">The Host header, with or without port.</param>
    /// <param name="baseDomains">Domains below which a host names a bucket.</param>
    /// <exception cref="S3Exception">InvalidURI.</exception>
    public static RequestTarget Parse(string rawTarget, ReadOnlySpan<char> host, IReadOnlyList<string> baseDomains)
    {
        var target = StripAuthority(rawTarget);
        var question = target.IndexOf('?');
        var rawPath = question < 0 ? target : target[..question];
        if (rawPath.IsEmpty || rawPath[0] != '/' || !PercentEncoding.TryDecode(rawPath, plusIsSpace: false, out var path))
        {
            throw new S3Exception(S3ErrorCode.InvalidUri);
        }

        var query = question < 0 ? QueryParameters.Empty : QueryParameters.Parse(target[(question + 1)..]);
        var hostBucket = FindHostBucket(host, baseDomains);
        if (!hostBucket.IsEmpty)
        {
            return new RequestTarget(path, hostBucket.ToString(), path[1..], query);
        }

        var slash = path.IndexOf('/', 1);
        return slash < 0
            ? new RequestTarget(path, path[1..], "", query)
            : new RequestTarget(path, path[1..slash], path[(slash + 1)..], query);
    }

    private static ReadOnlySpan<char> StripAuthority(string rawTarget)
    {
        if (rawTarget.StartsWith('/'))
        {
            return rawTarget;
        }

        var scheme = rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            throw new S3Exception(S3ErrorCode.InvalidUri);
        }

        var slash = rawTarget.IndexOf('/', scheme + 3);
        return slash < 0 ? "/" : rawTarget.AsSpan(slash);
    }

    private static ReadOnlySpan<char> FindHostBucket(ReadOnlySpan<char> host, IReadOnlyList<string> baseDomains)
    {
        if (baseDomains.Count == 0)
        {
            return [];
        }

        var colon = host.LastIndexOf(':');
        var name = colon < 0 || host.EndsWith("]") ? host : host[..colon];
        for (var i = 0; i < baseDomains.Count; i++)
        {
            var domain = baseDomains[i];
            if (name.Length > domain.Length + 1
                && name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
                && name[^(domain.Length + 1)] == '.')
            {
                return name[..^(domain.Length + 1)];
            }
        }

        return [];
    }
}
