namespace OrleansStorage.Abstractions.Pools;

/// <summary>One stripe group, by its id: the owner of its members and its epoch.</summary>
[Alias("OrleansStorage.IStripeGroupGrain")]
public interface IStripeGroupGrain : IGrainWithIntegerKey
{
    /// <summary>The group, or <see langword="null"/>: as of the last change that was acknowledged before the call.</summary>
    /// <exception cref="OwnerUnavailableException">The metadata store is away.</exception>
    [Alias("Find")]
    ValueTask<StripeGroupState?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Makes the group what it is from now on, durably. Not cancellable: the outcome must be heard of.</summary>
    /// <param name="next">Of the epoch after the stored one.</param>
    /// <exception cref="OwnerUnavailableException">The metadata store is away, or there is no such group; whether it was changed is not known.</exception>
    [Alias("Change")]
    ValueTask<StripeGroupResult> ChangeAsync(StripeGroupState next);
}
