using OrleansStorage.Devices.Blobs;
using OrleansStorage.Grains.Stripes;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;

namespace OrleansStorage.Silo.Storage;

/// <summary>A pool as the metadata store has it, and as this process uses it.</summary>
/// <param name="Row">The pool.</param>
/// <param name="Promise">What it promises to survive.</param>
/// <param name="Groups">Its stripe groups.</param>
/// <param name="Members">The devices that may have slots of it, and what its owner thinks of each.</param>
/// <param name="Protection">How blobs lie in a group.</param>
/// <param name="Devices">The same devices, with the state that was stored.</param>
/// <param name="Blobs">Reads and writes it.</param>
public sealed record StoredPool(
    PoolRow Row,
    PoolProtection Promise,
    GroupMap Groups,
    PoolMembers Members,
    IBlobProtection Protection,
    IReadOnlyList<PoolDeviceAccess> Devices,
    LocalPool Blobs) : IPoolAccess
{
    /// <inheritdoc/>
    public bool IsInFlight(BlobId blob) => Blobs.IsInFlight(blob);
}
