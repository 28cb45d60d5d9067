using System.Collections.Concurrent;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Where the parts of objects lie that were uploaded in parts. They never change, so a few are kept.</summary>
internal sealed class PartLayouts(IMetadataStore metadata)
{
    private const int KeptMax = 64;
    private const int PartsPerScan = 1000;

    private readonly ConcurrentDictionary<(long, string), IReadOnlyList<StoredPart>> _kept = new();

    /// <summary>The parts of a finished object, in order.</summary>
    public async ValueTask<IReadOnlyList<StoredPart>> FindAsync(
        long bucketId, string uploadId, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue((bucketId, uploadId), out var known))
        {
            return known;
        }

        var layout = await ReadAsync(bucketId, uploadId, cancellationToken);
        if (_kept.Count >= KeptMax)
        {
            _kept.Clear();
        }

        _kept[(bucketId, uploadId)] = layout;
        return layout;
    }

    private async ValueTask<IReadOnlyList<StoredPart>> ReadAsync(
        long bucketId, string uploadId, CancellationToken cancellationToken)
    {
        var parts = new List<StoredPart>();
        long offset = 0;
        while (true)
        {
            var after = parts.Count == 0 ? 0 : parts[^1].UploadedAs;
            var page = await metadata.ScanAsync(
                Schema.PartListing, PartKey.After(bucketId, uploadId, after), PartsPerScan, cancellationToken);
            foreach (var row in page)
            {
                // A finished object counts its parts from 1, whatever numbers they were uploaded under.
                var part = new ObjectPart(parts.Count + 1, offset, row.SizeBytes, PartRows.ToChecksum(row));
                parts.Add(new StoredPart(part, (int)row.Key.Number));
                offset += row.SizeBytes;
            }

            if (page.Count < PartsPerScan)
            {
                return parts;
            }
        }
    }
}

/// <summary>A part of a finished object, and where its row stands.</summary>
/// <param name="Part">As a reader sees it.</param>
/// <param name="UploadedAs">The part number of the upload.</param>
internal sealed record StoredPart(ObjectPart Part, int UploadedAs);
