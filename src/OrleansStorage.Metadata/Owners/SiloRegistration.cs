using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Owners;

/// <summary>Gives each silo process a number of its own.</summary>
public static class SiloRegistration
{
    private const string Incarnations = "silo-incarnations";

    /// <summary>Registers this process.</summary>
    /// <param name="store">The store.</param>
    /// <param name="siloName">For people; several processes may have the same.</param>
    /// <param name="timeProvider">When it was started.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The incarnation, 1 or more, which no other process of this store ever has.</returns>
    /// <exception cref="MetadataUnavailableException">The store cannot be reached; calling again is safe.</exception>
    public static async ValueTask<uint> RegisterAsync(
        IMetadataStore store, string siloName, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(siloName);
        ArgumentNullException.ThrowIfNull(timeProvider);
        if (store.IsExclusive)
        {
            await ForgetOthersAsync(store, cancellationToken);
        }

        while (true)
        {
            var last = (await store.FindAsync(Schema.Owners, Incarnations, cancellationToken))?.Epoch ?? 0;
            var incarnation = checked((uint)(last + 1));
            var startedMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
            var transaction = new MetadataTransaction()
                .Fence(Incarnations, last)
                .Put(Schema.Owners, new OwnerRow(Incarnations, incarnation, Holder: 0, IsSettled: true))
                .Put(Schema.Silos, new SiloRow(incarnation, siloName, startedMs, Renewals: 0));
            try
            {
                await store.CommitAsync(transaction, cancellationToken);
                return incarnation;
            }
            catch (FencedException)
            {
                // Another silo was quicker: take the next number.
            }
        }
    }

    // Nobody else can be alive.
    private static async ValueTask ForgetOthersAsync(IMetadataStore store, CancellationToken cancellationToken)
    {
        var everySilo = new KeyRange<long>(0, FromInclusive: true, long.MaxValue);
        var everyTakeover = new KeyRange<TakeoverKey>(
            new TakeoverKey(0, "", 0), FromInclusive: true, new TakeoverKey(long.MaxValue, "", 0));
        await store.CommitAsync(
            new MetadataTransaction().DeleteRange(Schema.Silos, everySilo).DeleteRange(Schema.Takeovers, everyTakeover),
            cancellationToken);
    }
}
