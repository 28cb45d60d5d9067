using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools;

/// <summary>Turns blobs into the fragments of a stripe group and back.</summary>
public interface IBlobProtection
{
    /// <summary>Devices of a group.</summary>
    int Slots { get; }

    /// <summary>Devices of a group that may be gone without loss.</summary>
    int LossesMax { get; }

    /// <summary>Most bytes that a device takes of a blob.</summary>
    int FragmentBytes(int blobBytes);

    /// <summary>The form in which a blob is stored, which its id is to name.</summary>
    /// <param name="blobBytes">Its length, 1 or more.</param>
    /// <param name="number">Its number among those of its writer.</param>
    BlobForm FormOf(int blobBytes, ulong number);

    /// <summary>Whether a slot of the group has a fragment of the blob. The fragment's number is the slot.</summary>
    bool Holds(BlobId blob, int slot);

    /// <summary>Fragments without which the blob cannot be read.</summary>
    int FragmentsNeeded(BlobId blob);

    /// <summary>Length of the blob that a fragment belongs to; of a striped one with its padding.</summary>
    int BlobBytes(FragmentEntry fragment);

    /// <summary>
    /// Writes all fragments of a blob and waits until each of them is durable or failed, so that nobody reads the payload any more.
    /// </summary>
    /// <returns>The failures; empty when the blob is durable at full protection.</returns>
    ValueTask<IReadOnlyList<SlotFailure>> WriteAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload);

    /// <summary>Reads a range of a blob from as few devices as possible.</summary>
    /// <returns>Slots whose fragment is damaged or missing, and is to be repaired; empty when all that was read was good.</returns>
    /// <exception cref="BlobNotFoundException">No device of the group has the blob.</exception>
    /// <exception cref="BlobLostException">Too few intact fragments are left.</exception>
    ValueTask<IReadOnlyList<int>> ReadAsync(
        StripeGroup group, BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Makes the fragment of one slot anew from the others.</summary>
    /// <inheritdoc cref="RepairAsync(StripeGroup, BlobId, IReadOnlyList{int}, CancellationToken)"/>
    ValueTask<bool> RepairAsync(StripeGroup group, BlobId blob, int slot, CancellationToken cancellationToken) =>
        RepairAsync(group, blob, [slot], cancellationToken);

    /// <summary>Makes the fragments of some slots anew from the others, which are read once. Slots that hold none of the blob are left out.</summary>
    /// <returns>Whether they were made, and are durable; <see langword="false"/> when the blob is gone: no other device has anything of it.</returns>
    /// <exception cref="BlobLostException">Too few intact fragments can be read from the others, now.</exception>
    /// <exception cref="DeviceException">A device did not take its fragment; the other slots were tried all the same.</exception>
    ValueTask<bool> RepairAsync(StripeGroup group, BlobId blob, IReadOnlyList<int> slots, CancellationToken cancellationToken);

    /// <summary>Deletes the fragments of blobs of one group wherever a device is there to do it.</summary>
    ValueTask DeleteAsync(StripeGroup group, IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken);
}

/// <summary>A slot that did not take its fragment.</summary>
/// <param name="Slot">Its place in the group.</param>
/// <param name="Error">Why.</param>
public readonly record struct SlotFailure(int Slot, Exception Error);
