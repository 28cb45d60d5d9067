namespace OrleansStorage.Pools;

/// <summary>An ordered set of devices in distinct fault domains that hold the fragments of many blobs.</summary>
/// <param name="Id">Stands in <see cref="Devices.Blobs.BlobId.Group"/>.</param>
/// <param name="Epoch">Raised whenever a slot is given to another device.</param>
/// <param name="Devices">The device of each slot; slot i holds fragment i of a blob.</param>
public sealed record StripeGroup(uint Id, ulong Epoch, IReadOnlyList<Guid> Devices);
