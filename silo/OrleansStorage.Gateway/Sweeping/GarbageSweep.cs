using Microsoft.Extensions.Options;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Gateway.Recipes;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Gateway.Sweeping;

/// <summary>Erases data that nothing names any more, oldest first, when no reader can want it.</summary>
/// <remarks>
/// Blobs go first and their garbage row afterwards: a crash between leaves a row whose blobs are gone, which is erased
/// once more. Erasing twice is harmless, so two silos may sweep at once.
/// </remarks>
public sealed class GarbageSweep(
    IMetadataStore metadata,
    IBlobStore blobs,
    OpenReads openReads,
    TimeProvider time,
    IOptions<GatewayOptions> options)
{
    private const int RowsPerScan = 256;
    private const int PartsPerScan = 500;

    /// <summary>Erases what is old enough.</summary>
    /// <returns>Number of garbage rows that went.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var erased = 0;
        var untilMs = UntilMs();
        while (true)
        {
            var range = new KeyRange<GarbageKey>(
                new GarbageKey(0, long.MinValue), FromInclusive: true, new GarbageKey(untilMs, long.MinValue));
            var rows = await metadata.ScanAsync(Schema.Garbage, range, RowsPerScan, cancellationToken);
            if (rows.Count == 0)
            {
                return erased;
            }

            await EraseAsync(rows, cancellationToken);
            erased += rows.Count;
        }
    }

    private long UntilMs()
    {
        // The grace period is for readers in other processes, which cannot be seen from here.
        var grace = metadata.IsExclusive ? TimeSpan.Zero : options.Value.GarbageGrace;
        var byAge = time.GetUtcNow().ToUnixTimeMilliseconds() - (long)grace.TotalMilliseconds;

        // What was let go in the very millisecond in which a read began may be what it reads.
        return Math.Min(byAge, openReads.OldestMs ?? long.MaxValue);
    }

    private async Task EraseAsync(IReadOnlyList<GarbageRow> rows, CancellationToken cancellationToken)
    {
        var doomed = new List<BlobId>();
        var transaction = new MetadataTransaction();
        foreach (var row in rows)
        {
            Collect(row.Recipe, doomed);
            if (row is { BucketId: { } bucketId, UploadId: { } uploadId })
            {
                await CollectPartsAsync(bucketId, uploadId, doomed, cancellationToken);
                transaction.DeleteRange(Schema.Parts, PartKey.After(bucketId, uploadId, 0));
            }

            transaction.Delete(Schema.Garbage, row.Key);
        }

        await blobs.DeleteAsync(doomed, cancellationToken);
        await metadata.CommitAsync(transaction, cancellationToken);
    }

    private async Task CollectPartsAsync(
        long bucketId, string uploadId, List<BlobId> doomed, CancellationToken cancellationToken)
    {
        long after = 0;
        while (true)
        {
            var parts = await metadata.ScanAsync(
                Schema.Parts, PartKey.After(bucketId, uploadId, after), PartsPerScan, cancellationToken);
            foreach (var part in parts)
            {
                Collect(part.Recipe, doomed);
            }

            if (parts.Count < PartsPerScan)
            {
                return;
            }

            after = parts[^1].Listing.Key.Number;
        }
    }

    private static void Collect(byte[]? recipe, List<BlobId> doomed)
    {
        foreach (var blob in Recipe.Decode(recipe).Blobs)
        {
            doomed.Add(blob.Id);
        }
    }
}
