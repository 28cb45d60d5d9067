using Microsoft.Extensions.Logging;
using OrleansStorage.Abstractions;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Owners;

namespace OrleansStorage.Grains.Buckets;

/// <summary>The epoch of one activation, and the end of it.</summary>
/// <remarks>
/// <code>
/// owning ── commit fenced, superseded, or outcome unknown ──► over: nothing is committed any more
/// </code>
/// After an unknown outcome the transaction may still arrive at the store. Only a higher epoch stops it, so this
/// activation must not commit again: the next one takes that epoch.
/// </remarks>
internal sealed class OwnedState(
    IMetadataStore store, Ownership ownership, Action giveUp, ILogger logger)
{
    private bool _over;

    /// <summary>Another activation owns the state, or must take it over.</summary>
    public bool IsOver => _over || ownership.IsLost;

    /// <summary>What is in memory is certainly current.</summary>
    public bool MayServeReads => !_over && ownership.MayServeReads;

    /// <summary>A transaction that carries the epoch.</summary>
    public MetadataTransaction Begin() => new MetadataTransaction().Fence(ownership.Owner, ownership.Epoch);

    /// <summary>Commits; a failed condition gives the outcome that <paramref name="onCondition"/> names for its table.</summary>
    public async ValueTask<IndexOutcome> CommitAsync(
        MetadataTransaction transaction, Func<string, IndexOutcome> onCondition)
    {
        if (IsOver)
        {
            End();
            return IndexOutcome.Moved;
        }

        try
        {
            // Not cancellable: a commit that was sent must be heard of, or this activation is over.
            await store.CommitAsync(transaction, CancellationToken.None);
            return IndexOutcome.Done;
        }
        catch (FencedException e)
        {
            ActivationLog.Fenced(logger, e.Owner, e.Epoch);
            End();
            return IndexOutcome.Moved;
        }
        catch (MetadataConditionException e)
        {
            return onCondition(e.Table);
        }
        catch (MetadataUnavailableException e) when (e.OutcomeUnknown)
        {
            ActivationLog.OutcomeUnknown(logger, ownership.Owner, ownership.Epoch, e);
            End();
            return IndexOutcome.Unknown;
        }
        catch (MetadataUnavailableException e)
        {
            ActivationLog.StoreUnavailable(logger, ownership.Owner, e);
            return IndexOutcome.Unavailable;
        }
    }

    /// <summary>Ends the activation if somebody else owns its state by now.</summary>
    public bool EndIfOver()
    {
        if (!IsOver)
        {
            return false;
        }

        End();
        return true;
    }

    /// <summary>Gives the epoch back, so that the next owner need not wait.</summary>
    public ValueTask ReleaseAsync() => IsOver ? default : ownership.ReleaseAsync();

    private void End()
    {
        _over = true;
        giveUp();
    }
}
