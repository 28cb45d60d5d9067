namespace OrleansStorage.Pools;

/// <summary>An ordered set of devices in distinct fault domains that hold the fragments of many blobs.</summary>
/// <param name="Id">Stands in <see cref="Devices.Blobs.BlobId.Group"/>.</param>
/// <param name="Epoch">Raised with every change, such as a slot given to another device.</param>
/// <param name="Devices">The device of each slot; slot i holds fragment i of a blob.</param>
public sealed record StripeGroup(uint Id, ulong Epoch, IReadOnlyList<Guid> Devices)
{
    /// <summary>
    /// Whether new blobs may be written to it. Not while the last fragments of a slot go from one device to another: so nothing is
    /// ever missing on the one that gets it. Belongs to what is stored of a group, and is changed with its epoch.
    /// </summary>
    public bool TakesWrites { get; init; } = true;
}
