using System.Buffers;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools;

/// <summary><c>Mirror(k)</c>: every device of the group has the whole blob, as the fragment of its slot.</summary>
public sealed class MirrorProtection : IBlobProtection
{
    private readonly PoolMembers _members;

    /// <summary>Mirrors over the devices of a group.</summary>
    /// <param name="copies">Number of copies, 1 or more.</param>
    /// <param name="members">Their devices.</param>
    public MirrorProtection(int copies, PoolMembers members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copies, byte.MaxValue);
        Slots = copies;
        _members = members;
    }

    /// <inheritdoc/>
    public int Slots { get; }

    /// <inheritdoc/>
    public int LossesMax => Slots - 1;

    /// <inheritdoc/>
    public int FragmentBytes(int blobBytes) => blobBytes;

    /// <inheritdoc/>
    public BlobForm FormOf(int blobBytes, ulong number) => new(FragmentBytes: 0, number);

    /// <inheritdoc/>
    public bool Holds(BlobId blob, int slot) => true;

    /// <inheritdoc/>
    public int FragmentsNeeded(BlobId blob) => 1;

    /// <inheritdoc/>
    public int BlobBytes(FragmentEntry fragment) => fragment.SizeBytes;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SlotFailure>> WriteAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload)
    {
        if (Slots == 1)
        {
            var failure = await WriteSlotAsync(group, blob, payload, 0);
            return failure is { } single ? [single] : [];
        }

        var writes = new Task<SlotFailure?>[Slots];
        for (var slot = 0; slot < Slots; slot++)
        {
            writes[slot] = WriteSlotAsync(group, blob, payload, slot).AsTask();
        }

        List<SlotFailure>? failures = null;
        foreach (var write in writes)
        {
            if (await write is { } failure)
            {
                (failures ??= []).Add(failure);
            }
        }

        return failures ?? (IReadOnlyList<SlotFailure>)[];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<int>> ReadAsync(
        StripeGroup group, BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        List<int>? bad = null;
        Exception? lost = null;
        for (var i = 0; i < Slots; i++)
        {
            // The same replica each time, so that one page cache holds the blob and not k.
            var slot = (int)((blob.Sequence + (ulong)i) % (ulong)Slots);
            try
            {
                await DeviceOf(group, slot).ReadFragmentAsync(IdOf(blob, slot), offsetBytes, destination, cancellationToken);
                return bad ?? (IReadOnlyList<int>)[];
            }
            catch (FragmentNotFoundException)
            {
                (bad ??= []).Add(slot);
            }
            catch (CorruptFragmentException e)
            {
                (bad ??= []).Add(slot);
                lost = e;
            }
            catch (Exception e) when (IsDeviceGone(e))
            {
                lost = e;
            }
        }

        throw lost is null
            ? new BlobNotFoundException($"There is no blob {blob}.")
            : new BlobLostException($"No intact copy of blob {blob} can be read.", lost);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RepairAsync(StripeGroup group, BlobId blob, int slot, CancellationToken cancellationToken)
    {
        for (var i = 1; i < Slots; i++)
        {
            var source = (slot + i) % Slots;
            try
            {
                var length = await DeviceOf(group, source).FindFragmentAsync(IdOf(blob, source), cancellationToken);
                if (length is { } bytes && await CopyAsync(group, blob, source, slot, bytes, cancellationToken))
                {
                    return true;
                }
            }
            catch (DeviceException)
            {
                // The next one may do.
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(StripeGroup group, IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken)
    {
        var deletes = new Task[Slots];
        for (var slot = 0; slot < Slots; slot++)
        {
            deletes[slot] = DeleteSlotAsync(group, blobs, slot, cancellationToken).AsTask();
        }

        foreach (var delete in deletes)
        {
            await delete;
        }
    }

    private static FragmentId IdOf(BlobId blob, int slot) => new(blob, (byte)slot);

    private static bool IsDeviceGone(Exception e) =>
        e is DeviceFailedException or DeviceGoneException or DeviceUnreachableException or ObjectDisposedException;

    private IDevice DeviceOf(StripeGroup group, int slot) =>
        _members.Find(group.Devices[slot]) ?? throw new DeviceGoneException(group.Devices[slot]);

    private async ValueTask<SlotFailure?> WriteSlotAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload, int slot)
    {
        try
        {
            await DeviceOf(group, slot).WriteFragmentAsync(IdOf(blob, slot), payload, CancellationToken.None);
            return null;
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            return new SlotFailure(slot, e);
        }
    }

    private async ValueTask<bool> CopyAsync(
        StripeGroup group, BlobId blob, int source, int target, int bytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var payload = buffer.AsMemory(0, bytes);
            await DeviceOf(group, source).ReadFragmentAsync(IdOf(blob, source), 0, payload, cancellationToken);

            // Not earlier: until here the damaged one may be the last that is partly readable.
            await DeviceOf(group, target).DeleteFragmentsAsync([IdOf(blob, target)], cancellationToken);
            await DeviceOf(group, target).WriteFragmentAsync(IdOf(blob, target), payload, CancellationToken.None);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask DeleteSlotAsync(
        StripeGroup group, IReadOnlyList<BlobId> blobs, int slot, CancellationToken cancellationToken)
    {
        try
        {
            var ids = new FragmentId[blobs.Count];
            for (var i = 0; i < ids.Length; i++)
            {
                ids[i] = IdOf(blobs[i], slot);
            }

            await DeviceOf(group, slot).DeleteFragmentsAsync(ids, cancellationToken);
        }
        catch (Exception e) when (IsDeviceGone(e))
        {
            // What a device that comes back still has is listed then, and swept.
        }
    }
}

/// <summary>A device of the group is not there.</summary>
internal sealed class DeviceGoneException(Guid device) : DeviceException($"Device {device} is not there.");
