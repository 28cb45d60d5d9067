using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools.Healing;

/// <summary>Gives a slot from a device that can be read to another one, without lessening the protection of anything for a moment.</summary>
/// <remarks>
/// <code>
/// copy      the fragments of the slot, while users write and delete; again, until little is left
/// close     the group takes no writes: its next epoch. Whatever is acknowledged under the one before is on the source now
/// catch up  copy what came meanwhile, drop what was deleted meanwhile
/// switch    the slot names the target, and the group takes writes: its next epoch
/// drop      the fragments of the slot on the source
/// </code>
/// When it ends early, what was copied lies on the target like anything that is not its own, and a group that was closed is to be opened.
/// </remarks>
internal sealed class SlotMover(
    PoolMembers members, GroupMap groups, GroupCommitter committer, FragmentCopier copier, DevicePatience patience, int pageSize)
{
    private const int RoundsMax = 4;
    private const int FewFragments = 64;
    private const int Batch = 256;

    /// <summary>Moves a slot.</summary>
    /// <returns>Whether it is moved; otherwise a device could not do it, or somebody else changed the group.</returns>
    public async ValueTask<bool> MoveAsync(SlotMove move, Action<Guid> onFull, CancellationToken cancellationToken)
    {
        try
        {
            return await TryMoveAsync(move, cancellationToken);
        }
        catch (DeviceFullException)
        {
            onFull(move.To);
            return false;
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            return false;
        }
    }

    private async ValueTask<bool> TryMoveAsync(SlotMove move, CancellationToken cancellationToken)
    {
        var copied = new HashSet<BlobId>();
        for (var round = 0; round < RoundsMax; round++)
        {
            if (await CopyAsync(move, copied, cancellationToken) <= FewFragments)
            {
                break;
            }
        }

        var closed = move.Group with { Epoch = move.Group.Epoch + 1, TakesWrites = false };
        if (!await committer.TryCommitAsync(closed, cancellationToken))
        {
            return false;
        }

        await CopyAsync(move, copied, cancellationToken);
        var next = (move with { Group = closed }).Next() with { TakesWrites = true };
        if (!await committer.TryCommitAsync(next, cancellationToken))
        {
            return false;
        }

        await DropAsync(move, next, cancellationToken);
        return true;
    }

    /// <summary>
    /// Copies what the target lacks, and drops from it what was copied before and the source has no more. What else the target has may
    /// be the last of a blob.
    /// </summary>
    /// <returns>How many fragments were copied.</returns>
    private async ValueTask<int> CopyAsync(SlotMove move, HashSet<BlobId> copied, CancellationToken cancellationToken)
    {
        var before = copied.Count;
        var listing = new GroupListing(members, [move.From, move.To], move.Group, pageSize, patience);
        while (await listing.NextAsync(cancellationToken) is { } blobs)
        {
            foreach (var blob in blobs)
            {
                var source = blob.Fragments.Find(f => f.Device == move.From && f.Number == move.Slot);
                var isOnTarget = blob.Fragments.Exists(f => f.Device == move.To && f.Number == move.Slot);
                if (listing.Silent.Count > 0)
                {
                    break;
                }

                if (source.SizeBytes > 0 && !isOnTarget)
                {
                    if (await CopyAsync(move, blob.Id, source.SizeBytes, cancellationToken))
                    {
                        copied.Add(blob.Id);
                    }
                }
                else if (source.SizeBytes == 0 && isOnTarget && copied.Contains(blob.Id))
                {
                    await patience.WaitAsync(DeviceOf(move.To).DeleteFragmentsAsync([IdOf(move, blob.Id)], cancellationToken));
                }
            }

            if (groups.Find(move.Group.Id) is { } now && now.Epoch > move.Group.Epoch + 1)
            {
                throw new DeviceException($"Group {move.Group.Id} was changed by somebody else.");
            }
        }

        return listing.Silent.Count == 0 ? copied.Count - before : throw new DeviceGoneException(listing.Silent.First());
    }

    private async ValueTask<bool> CopyAsync(SlotMove move, BlobId blob, int bytes, CancellationToken cancellationToken)
    {
        try
        {
            await copier.CopyAsync(
                DeviceOf(move.From), DeviceOf(move.To), IdOf(move, blob), bytes, replaces: false, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is FragmentNotFoundException or CorruptFragmentException)
        {
            // Deleted meanwhile, or to be made anew from the others when the target is asked for it.
            return false;
        }
    }

    /// <summary>Drops the slot from the source: whatever of it was acknowledged and can be read is on the target.</summary>
    private async ValueTask DropAsync(SlotMove move, StripeGroup next, CancellationToken cancellationToken)
    {
        var listing = new GroupListing(members, [move.From], move.Group, pageSize, patience);
        while (await listing.NextAsync(cancellationToken) is { } blobs)
        {
            foreach (var batch in blobs.Where(b => b.Fragments.Exists(f => f.Number == move.Slot)).Chunk(Batch))
            {
                // Otherwise they are the next best source for whoever gets the slot then.
                if (members.StateOf(move.To) != MemberState.Online || groups.Find(next.Id)?.Epoch != next.Epoch)
                {
                    return;
                }

                await patience.WaitAsync(DeviceOf(move.From).DeleteFragmentsAsync(
                    [.. batch.Select(blob => IdOf(move, blob.Id))], cancellationToken));
            }
        }
    }

    private static FragmentId IdOf(SlotMove move, BlobId blob) => new(blob, (byte)move.Slot);

    private IDevice DeviceOf(Guid id) => members.Find(id) ?? throw new DeviceGoneException(id);
}
