namespace OrleansStorage.S3.Store.InMemory;

/// <summary>A bucket's objects and unfinished uploads. Used under the store's lock.</summary>
internal sealed class Bucket(BucketInfo info)
{
    private readonly Dictionary<string, InMemoryUpload> _uploads = new(StringComparer.Ordinal);
    private readonly KeyIndex<SortedDictionary<string, InMemoryUpload>> _uploadsByKey = new();

    /// <summary>The bucket.</summary>
    public BucketInfo Info => info;

    /// <summary>Its objects.</summary>
    public ObjectIndex Objects { get; } = new();

    /// <summary>Adds an upload.</summary>
    public void Add(InMemoryUpload upload)
    {
        _uploads.Add(upload.Info.UploadId, upload);
        var ofKey = _uploadsByKey.Find(upload.Info.Key);
        if (ofKey is null)
        {
            ofKey = new SortedDictionary<string, InMemoryUpload>(StringComparer.Ordinal);
            _uploadsByKey.Set(upload.Info.Key, ofKey);
        }

        ofKey.Add(upload.Info.UploadId, upload);
    }

    /// <summary>Removes an upload.</summary>
    public void Remove(InMemoryUpload upload)
    {
        _uploads.Remove(upload.Info.UploadId);
        var ofKey = _uploadsByKey.Find(upload.Info.Key)!;
        ofKey.Remove(upload.Info.UploadId);
        if (ofKey.Count == 0)
        {
            _uploadsByKey.Remove(upload.Info.Key);
        }
    }

    /// <summary>An upload, if it is there and of that key.</summary>
    public InMemoryUpload? FindUpload(string key, string uploadId) =>
        _uploads.GetValueOrDefault(uploadId) is { } upload && upload.Info.Key == key ? upload : null;

    /// <summary>One page of uploads.</summary>
    public UploadListing ListUploads(UploadQuery query)
    {
        var uploads = new List<UploadInfo>();
        var prefixes = new List<string>();
        foreach (var (name, ofKey) in WithMarkerKey(query))
        {
            if (ofKey is null)
            {
                if (uploads.Count + prefixes.Count == query.Limit)
                {
                    return new UploadListing(uploads, prefixes, IsTruncated: true);
                }

                prefixes.Add(name);
                continue;
            }

            foreach (var (id, upload) in ofKey)
            {
                if (name == query.AfterKey && string.CompareOrdinal(id, query.AfterUploadId) <= 0)
                {
                    continue;
                }

                if (uploads.Count + prefixes.Count == query.Limit)
                {
                    return new UploadListing(uploads, prefixes, IsTruncated: true);
                }

                uploads.Add(upload.Info);
            }
        }

        return new UploadListing(uploads, prefixes, IsTruncated: false);
    }

    private IEnumerable<(string Name, SortedDictionary<string, InMemoryUpload>? Value)> WithMarkerKey(UploadQuery query)
    {
        // Uploads of the marker's own key come first, unless that key is rolled up, or no upload id goes with it.
        if (query is { AfterKey.Length: > 0, AfterUploadId.Length: > 0 }
            && query.AfterKey.StartsWith(query.Prefix, StringComparison.Ordinal)
            && (query.Delimiter.Length == 0
                || query.AfterKey.IndexOf(query.Delimiter, query.Prefix.Length, StringComparison.Ordinal) < 0)
            && _uploadsByKey.Find(query.AfterKey) is { } sameKey)
        {
            yield return (query.AfterKey, sameKey);
        }

        foreach (var item in _uploadsByKey.Roll(query.Prefix, query.Delimiter, query.AfterKey))
        {
            yield return item;
        }
    }
}
