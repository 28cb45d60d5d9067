using Microsoft.Extensions.Logging;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Pools;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Grains.Stripes;

/// <inheritdoc cref="IStripeGroupGrain"/>
public sealed class StripeGroupGrain(
    IMetadataStore store, OwnershipManager owners, ILogger<StripeGroupGrain> logger) : Grain, IStripeGroupGrain
{
    private Ownership _ownership = null!;
    private StripeGroupState? _cached;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            _ownership = await owners.AcquireAsync($"group/{this.GetPrimaryKeyLong():x8}", cancellationToken);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_ownership is not null)
        {
            await _ownership.ReleaseAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StripeGroupState?> FindAsync(CancellationToken cancellationToken)
    {
        if (_cached is not null && _ownership.MayServeReads)
        {
            return _cached;
        }

        return _cached = await ReadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StripeGroupResult> ChangeAsync(StripeGroupState next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var current = await ReadAsync(CancellationToken.None)
            ?? throw new OwnerUnavailableException($"There is no stripe group {this.GetPrimaryKeyLong()}.");
        if (next.Epoch != current.Epoch + 1 || next.Pool != current.Pool)
        {
            return new StripeGroupResult(IsDone: false, current);
        }

        _cached = null;
        var row = new StripeGroupRow(current.GroupId, current.Pool, next.Epoch, next.Members, next.TakesWrites);
        var transaction = new MetadataTransaction()
            .Fence(_ownership.Owner, _ownership.Epoch)
            .Put(Schema.StripeGroups, row);
        try
        {
            await store.CommitAsync(transaction, CancellationToken.None);
        }
        catch (MetadataException e)
        {
            // Fenced, or nobody knows: the next activation takes a higher epoch, which stops a commit that is still under way.
            StripeLog.Over(logger, _ownership.Owner, e);
            DeactivateOnIdle();
            throw new OwnerUnavailableException(e.Message);
        }

        _cached = ToState(row);
        return new StripeGroupResult(IsDone: true, _cached);
    }

    private async ValueTask<StripeGroupState?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var row = await store.FindAsync(Schema.StripeGroups, this.GetPrimaryKeyLong(), cancellationToken);
            return row is null ? null : ToState(row);
        }
        catch (MetadataException e)
        {
            throw new OwnerUnavailableException(e.Message);
        }
    }

    private static StripeGroupState ToState(StripeGroupRow row) =>
        new(row.GroupId, row.Pool, row.Epoch, row.Members, row.TakesWrites);
}
