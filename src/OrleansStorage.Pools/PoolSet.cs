using System.Collections.Concurrent;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools;

/// <summary>Every pool of a cluster, as one store: a blob's id names its group, and so its pool. For any number of threads.</summary>
/// <remarks>Does not own the pools.</remarks>
public sealed class PoolSet : IBlobStore
{
    private readonly ConcurrentDictionary<string, LocalPool> _pools = new(StringComparer.Ordinal);
    private readonly LocalPool _default;

    /// <summary>A set of one pool.</summary>
    /// <param name="defaultName">Its name.</param>
    /// <param name="defaultPool">What <see cref="BeginWrite()"/> writes to.</param>
    public PoolSet(string defaultName, LocalPool defaultPool)
    {
        _default = defaultPool;
        _pools[defaultName] = defaultPool;
    }

    /// <inheritdoc/>
    public int BlobSizeMaxBytes => _default.BlobSizeMaxBytes;

    /// <inheritdoc/>
    public uint Writer => _default.Writer;

    /// <summary>The pools by name.</summary>
    public IEnumerable<KeyValuePair<string, LocalPool>> Pools => _pools;

    /// <summary>Adds a pool, whose groups no other pool has and whose writer is the same.</summary>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public void Add(string name, LocalPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pool.Writer, Writer);
        if (!_pools.TryAdd(name, pool))
        {
            throw new ArgumentException($"There is a pool '{name}' already.", nameof(name));
        }
    }

    /// <summary>A pool by its name, or null.</summary>
    public LocalPool? Find(string name) => _pools.GetValueOrDefault(name);

    /// <inheritdoc/>
    public IBlobWriteSession BeginWrite() => _default.BeginWrite();

    /// <inheritdoc/>
    public ValueTask ReadAsync(BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken) =>
        Of(blob) is { } pool
            ? pool.ReadAsync(blob, offsetBytes, destination, cancellationToken)
            : ValueTask.FromException(new BlobNotFoundException($"There is no blob {blob}."));

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken)
    {
        foreach (var ofPool in blobs.GroupBy(Of))
        {
            if (ofPool.Key is { } pool)
            {
                await pool.DeleteAsync([.. ofPool], cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlobEntry>> ListAsync(BlobId after, int limit, CancellationToken cancellationToken)
    {
        // Each pool gives a gapless run of its own blobs, so what lies before the nearest end is complete.
        var found = new List<BlobEntry>();
        BlobId? horizon = null;
        foreach (var pool in _pools.Values)
        {
            var page = await pool.ListAsync(after, limit, cancellationToken);
            found.AddRange(page);
            if (page.Count > 0 && (horizon is not { } nearest || page[^1].Id < nearest) && await HasMoreAsync(pool, page, cancellationToken))
            {
                horizon = page[^1].Id;
            }
        }

        return [.. found.Where(entry => horizon is not { } end || entry.Id <= end).OrderBy(entry => entry.Id).Take(limit)];
    }

    /// <inheritdoc/>
    public bool IsInFlight(BlobId blob) => Of(blob)?.IsInFlight(blob) ?? false;

    /// <summary>Makes a fragment anew that a scrub or another reader found damaged.</summary>
    public void Repair(Devices.Fragments.FragmentId fragment) => Of(fragment.Blob)?.Repair(fragment);

    private static async ValueTask<bool> HasMoreAsync(
        LocalPool pool, IReadOnlyList<BlobEntry> page, CancellationToken cancellationToken) =>
        (await pool.ListAsync(page[^1].Id, 1, cancellationToken)).Count > 0;

    private LocalPool? Of(BlobId blob)
    {
        if (_default.Owns(blob.Group))
        {
            return _default;
        }

        foreach (var pool in _pools.Values)
        {
            if (pool.Owns(blob.Group))
            {
                return pool;
            }
        }

        return null;
    }
}
