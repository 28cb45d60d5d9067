namespace OrleansStorage.Abstractions.Pools;

/// <summary>One pool, by its name: watches its devices and keeps it at full protection.</summary>
[Alias("OrleansStorage.IPoolGrain")]
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>How protected the pool is. Called now and then, it also keeps the pool's owner at work.</summary>
    /// <exception cref="OwnerUnavailableException">The metadata store is away.</exception>
    [Alias("Status")]
    ValueTask<PoolHealth> StatusAsync(CancellationToken cancellationToken);

    /// <summary>Has the slots of a device go to others while it can still be read, or stops that.</summary>
    /// <returns>False when the pool does not know the device.</returns>
    [Alias("Drain")]
    ValueTask<bool> DrainAsync(Guid device, bool isDraining, CancellationToken cancellationToken);

    /// <summary>Takes a device out of the pool: at once when nothing depends on it; one that is away is given up first.</summary>
    [Alias("Remove")]
    ValueTask<DeviceRemoval> RemoveAsync(Guid device, CancellationToken cancellationToken);
}

/// <summary>What came of removing a device.</summary>
[GenerateSerializer, Alias("OrleansStorage.DeviceRemoval")]
public enum DeviceRemoval
{
    /// <summary>It is out.</summary>
    Removed,

    /// <summary>It is given up: its slots go to others now; ask again when that is done.</summary>
    GivenUp,

    /// <summary>The pool does not know it.</summary>
    Unknown,

    /// <summary>It is in use: it has to be drained first.</summary>
    InUse,

    /// <summary>Data would be lost: too few other fragments of some blob can be read.</summary>
    WouldLoseData,
}
