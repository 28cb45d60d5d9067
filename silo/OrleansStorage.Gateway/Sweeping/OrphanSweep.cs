using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Recipes;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Gateway.Sweeping;

/// <summary>Erases blobs that no metadata names: what a crash left between the pool and the commit.</summary>
/// <remarks>
/// Blobs are listed first, and the metadata is read afterwards. A blob of this process that is not in flight when it is
/// listed was committed before that, so the metadata names it, or never will be. A blob of another process counts only
/// when that process was struck off before: commits require the registration of the process that wrote their blobs.
/// Memory is bounded: one pass looks at a window of blobs, in id order.
/// </remarks>
public sealed class OrphanSweep(IMetadataStore metadata, IBlobStore blobs)
{
    private const int WindowBlobs = 1_000_000;
    private const int BlobsPerPage = 4096;
    private const int RowsPerScan = 1000;

    /// <summary>Looks at every blob once.</summary>
    /// <returns>What was erased.</returns>
    public async Task<OrphanSweepResult> RunAsync(CancellationToken cancellationToken)
    {
        var result = new OrphanSweepResult(0, 0, 0);
        var after = default(BlobId);
        while (true)
        {
            var dead = await DeadWritersAsync(cancellationToken);
            var window = await WindowAsync(after, dead, cancellationToken);
            if (window.Last == default)
            {
                return result;
            }

            var erased = await EraseOrphansAsync(window.Candidates, cancellationToken);
            result = new OrphanSweepResult(
                result.BlobsSeen + window.Seen, result.OrphansErased + erased.Count, result.BytesErased + erased.Bytes);
            after = window.Last;
        }
    }

    private async Task<Window> WindowAsync(BlobId after, Func<uint, bool> isDead, CancellationToken cancellationToken)
    {
        var window = new Window();
        while (window.Candidates.Count < WindowBlobs)
        {
            var page = await blobs.ListAsync(after, BlobsPerPage, cancellationToken);
            foreach (var blob in page)
            {
                window.Seen++;
                if (MayBeOrphan(blob.Id, isDead))
                {
                    window.Candidates[blob.Id] = blob.SizeBytes;
                }
            }

            if (page.Count == 0)
            {
                return window;
            }

            after = window.Last = page[^1].Id;
        }

        return window;
    }

    private bool MayBeOrphan(BlobId blob, Func<uint, bool> isDead) =>
        blob.Writer == blobs.Writer ? !blobs.IsInFlight(blob) : isDead(blob.Writer);

    private async Task<(int Count, long Bytes)> EraseOrphansAsync(
        Dictionary<BlobId, int> candidates, CancellationToken cancellationToken)
    {
        if (candidates.Count > 0)
        {
            await StrikeNamedAsync(candidates, cancellationToken);
        }

        await blobs.DeleteAsync([.. candidates.Keys], cancellationToken);
        return (candidates.Count, candidates.Values.Sum(size => (long)size));
    }

    /// <summary>
    /// Takes everything out of the candidates that the metadata names. A name only ever moves from objects or parts to
    /// garbage, so garbage is read last.
    /// </summary>
    private async Task StrikeNamedAsync(Dictionary<BlobId, int> candidates, CancellationToken cancellationToken)
    {
        await ScanAllAsync(
            Schema.Objects,
            new KeyRange<ObjectKey>(new(long.MinValue, []), true, new(long.MaxValue, [])),
            row => row.Key,
            row => Strike(row.Recipe, candidates),
            cancellationToken);
        await ScanAllAsync(
            Schema.Parts,
            new KeyRange<PartKey>(new(long.MinValue, "", 0), true, new(long.MaxValue, "", 0)),
            row => row.Listing.Key,
            row => Strike(row.Recipe, candidates),
            cancellationToken);
        await ScanAllAsync(
            Schema.Garbage,
            new KeyRange<GarbageKey>(new(long.MinValue, 0), true, new(long.MaxValue, 0)),
            row => row.Key,
            row => Strike(row.Recipe, candidates),
            cancellationToken);
    }

    private async Task ScanAllAsync<TKey, TRow>(
        Table<TKey, TRow> table,
        KeyRange<TKey> range,
        Func<TRow, TKey> keyOf,
        Action<TRow> visit,
        CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        while (true)
        {
            var rows = await metadata.ScanAsync(table, range, RowsPerScan, cancellationToken);
            foreach (var row in rows)
            {
                visit(row);
            }

            if (rows.Count < RowsPerScan)
            {
                return;
            }

            range = range with { From = keyOf(rows[^1]), FromInclusive = false };
        }
    }

    private static void Strike(byte[]? recipe, Dictionary<BlobId, int> candidates)
    {
        foreach (var blob in Recipe.Decode(recipe).Blobs)
        {
            candidates.Remove(blob.Id);
        }
    }

    /// <summary>Which other processes can have no commit on its way any more: those that were struck off.</summary>
    private async Task<Func<uint, bool>> DeadWritersAsync(CancellationToken cancellationToken)
    {
        if (metadata.IsExclusive)
        {
            return static _ => true;
        }

        var registered = new HashSet<uint>();
        await ScanAllAsync(
            Schema.Silos,
            new KeyRange<long>(long.MinValue, FromInclusive: true, long.MaxValue),
            row => row.Incarnation,
            row => registered.Add((uint)row.Incarnation),
            cancellationToken);
        return writer => !registered.Contains(writer);
    }

    private sealed class Window
    {
        public Dictionary<BlobId, int> Candidates { get; } = [];

        public long Seen { get; set; }

        public BlobId Last { get; set; }
    }
}

/// <summary>What a sweep did.</summary>
/// <param name="BlobsSeen">Blobs looked at.</param>
/// <param name="OrphansErased">Blobs erased.</param>
/// <param name="BytesErased">Their length together.</param>
public sealed record OrphanSweepResult(long BlobsSeen, long OrphansErased, long BytesErased);
