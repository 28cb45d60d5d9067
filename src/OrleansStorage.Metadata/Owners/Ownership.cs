namespace OrleansStorage.Metadata.Owners;

/// <summary>The right to write, and to serve reads from memory, on behalf of an owner.</summary>
/// <remarks>
/// <code>
/// Held, lease valid     MayServeReads; writes pass the fence
/// Held, lease run out   no reads from memory until the lease is renewed (the store may be read); writes pass the fence
/// Lost                  for ever: no reads from memory; writes may or may not pass the fence until they are refused
/// </code>
/// Writes are made safe by <see cref="MetadataTransaction.Fence"/> with <see cref="Epoch"/> alone. Reads are made safe
/// by <see cref="MayServeReads"/>: look at it after the value was taken from memory and before it is answered; the
/// read then counts as done at that moment. See <see cref="OwnershipManager"/> for why.
/// </remarks>
public sealed class Ownership
{
    private readonly OwnershipManager _manager;
    private volatile bool _isLost;

    internal Ownership(OwnershipManager manager, string owner, long epoch)
    {
        _manager = manager;
        Owner = owner;
        Epoch = epoch;
    }

    /// <summary>What is owned.</summary>
    public string Owner { get; }

    /// <summary>The epoch for <see cref="MetadataTransaction.Fence"/>.</summary>
    public long Epoch { get; }

    /// <summary>It is over: somebody else has taken it, it was given back, or the silo has stopped.</summary>
    public bool IsLost => _isLost;

    /// <summary>Nobody can have committed a newer write: what lies in memory is current.</summary>
    /// <remarks>False does not say that it is lost: it may come back with the silo's next renewal.</remarks>
    public bool MayServeReads => _manager.HoldsLease && !_isLost; // In this order: see OwnershipManager.

    /// <summary>Gives it back, so that the next holder need not wait. It is lost at once.</summary>
    /// <remarks>A store that cannot be reached is no error: the next holder then waits.</remarks>
    public ValueTask ReleaseAsync() => _manager.ReleaseAsync(this);

    internal void Lose() => _isLost = true;
}
