using OrleansStorage.Abstractions;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;

namespace OrleansStorage.Grains.Buckets;

/// <summary>What grains ask of the metadata store besides commits, failing with what may travel to a caller.</summary>
internal static class MetadataReads
{
    /// <inheritdoc cref="IMetadataStore.FindAsync"/>
    /// <exception cref="OwnerUnavailableException">The store cannot be reached.</exception>
    public static async ValueTask<TRow?> ReadAsync<TKey, TRow>(
        this IMetadataStore store, Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        try
        {
            return await store.FindAsync(table, key, cancellationToken);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }
    }

    /// <inheritdoc cref="IMetadataStore.ScanAsync"/>
    /// <exception cref="OwnerUnavailableException">The store cannot be reached.</exception>
    public static async ValueTask<IReadOnlyList<TRow>> ReadRangeAsync<TKey, TRow>(
        this IMetadataStore store,
        Table<TKey, TRow> table,
        KeyRange<TKey> range,
        int limit,
        CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        try
        {
            return await store.ScanAsync(table, range, limit, cancellationToken);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }
    }

    /// <inheritdoc cref="OwnershipManager.AcquireAsync"/>
    /// <exception cref="OwnerUnavailableException">The store cannot be reached, or somebody else was quicker.</exception>
    public static async ValueTask<Ownership> TakeAsync(
        this OwnershipManager owners, string owner, CancellationToken cancellationToken)
    {
        try
        {
            return await owners.AcquireAsync(owner, cancellationToken);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }
    }
}
