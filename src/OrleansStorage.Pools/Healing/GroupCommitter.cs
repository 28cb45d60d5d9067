namespace OrleansStorage.Pools.Healing;

/// <summary>Commits groups and makes them known to this process.</summary>
internal sealed class GroupCommitter(IGroupRegistry registry, GroupMap groups)
{
    /// <summary>Commits a group.</summary>
    /// <returns><see langword="false"/> when somebody else changed it; the map has what it is then.</returns>
    public async ValueTask<bool> TryCommitAsync(StripeGroup next, CancellationToken cancellationToken)
    {
        try
        {
            groups.Update(await registry.CommitAsync(next, cancellationToken));
            return true;
        }
        catch (GroupEpochException e)
        {
            groups.Update(e.Current);
            return false;
        }
    }
}
