namespace OrleansStorage.S3.Store;

/// <summary>Which page of keys a listing asks for.</summary>
/// <param name="Prefix">Only keys that begin with this; empty for all.</param>
/// <param name="Delimiter">Keys with this after the prefix are rolled up to a common prefix; empty for none.</param>
/// <param name="After">
/// Only keys greater than this, and only common prefixes greater than this: a value that is itself a common prefix
/// skips all keys under it. Empty to begin with the first.
/// </param>
/// <param name="Limit">At most this many keys and common prefixes together, 0 to 1000.</param>
public sealed record ListQuery(string Prefix, string Delimiter, string After, int Limit);

/// <summary>One page of keys.</summary>
/// <param name="Objects">In UTF-8 order of their keys, without <see cref="ObjectInfo.Headers"/>.</param>
/// <param name="CommonPrefixes">In UTF-8 order, each ending in the delimiter.</param>
/// <param name="IsTruncated">There is more after <paramref name="Last"/>.</param>
/// <param name="Last">The greatest key or common prefix of this page; empty when the page is empty.</param>
public sealed record ObjectListing(
    IReadOnlyList<ObjectInfo> Objects, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string Last);
