using System.Text;
using OrleansStorage.Gateway.Listing;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Buckets;

/// <summary>Buckets in name order.</summary>
internal static class BucketListing
{
    private const int RowsPerScan = 500;

    // Sorts behind every legal bucket name, all of which are ASCII.
    private const string BehindAllNames = "\u007f";

    public static async ValueTask<IReadOnlyList<BucketInfo>> PageAsync(
        IMetadataStore metadata,
        string? ownerId,
        string prefix,
        string after,
        int limit,
        CancellationToken cancellationToken)
    {
        var found = new List<BucketInfo>();
        var behind = Utf8Keys.Successor(Encoding.UTF8.GetBytes(prefix));
        var to = behind is null ? BehindAllNames : Encoding.UTF8.GetString(behind);
        var range = string.CompareOrdinal(after, prefix) < 0
            ? new KeyRange<string>(prefix, FromInclusive: true, to)
            : new KeyRange<string>(after, FromInclusive: false, to);
        while (true)
        {
            var rows = await metadata.ScanAsync(Schema.Buckets, range, RowsPerScan, cancellationToken);
            foreach (var row in rows)
            {
                if (ownerId is null || row.OwnerId == ownerId)
                {
                    found.Add(new(row.Name, row.OwnerId, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedMs)));
                }

                if (found.Count == limit)
                {
                    return found;
                }
            }

            if (rows.Count < RowsPerScan)
            {
                return found;
            }

            range = new KeyRange<string>(rows[^1].Name, FromInclusive: false, to);
        }
    }
}
