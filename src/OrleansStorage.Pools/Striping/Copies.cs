using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools.Striping;

/// <summary>Whole copies of a blob in some neighbouring slots of a group, the first of them chosen by the number of the blob.</summary>
internal sealed class Copies(FragmentAccess access, int slots, int count)
{
    public bool Holds(BlobId blob, int slot) => (slot + slots - First(blob)) % slots < count;

    public async ValueTask<IReadOnlyList<SlotFailure>> WriteAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload)
    {
        if (count == 1)
        {
            return await access.WriteAsync(group, blob, First(blob), payload) is { } single ? [single] : [];
        }

        var writes = new Task<SlotFailure?>[count];
        for (var i = 0; i < count; i++)
        {
            writes[i] = access.WriteAsync(group, blob, Slot(blob, i), payload);
        }

        return FragmentAccess.Failures(await Task.WhenAll(writes));
    }

    public async ValueTask<IReadOnlyList<int>> ReadAsync(
        StripeGroup group, BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var call = new BlobCall(access, group, blob, slots, cancellationToken);

        // The same copy each time, so that one page cache holds the blob and not several.
        var holders = Holders(blob);
        if (!access.IsHedged && access.StandingOf(group, holders[0]) == SlotStanding.Usable)
        {
            var direct = FragmentRead.Into(call, holders[0], offsetBytes, destination);
            await call.EndAsync(direct);
            direct.ThrowFault();
            if (direct.IsGood)
            {
                return [];
            }
        }

        var candidates = access.InOrder(group, holders.Where(slot => !call.HasFailed(slot)));
        var gather = new FragmentGather(call, 1, offsetBytes, destination.Length, [], candidates);
        try
        {
            if (!await gather.RunAsync())
            {
                throw call.Failure(holders, count - 1);
            }

            gather.Good.First().Range(offsetBytes, destination.Length).CopyTo(destination);
            return call.Bad;
        }
        finally
        {
            gather.Release();
        }
    }

    public async ValueTask<bool> RepairAsync(
        StripeGroup group, BlobId blob, IReadOnlyList<int> wanted, CancellationToken cancellationToken)
    {
        var targets = wanted.Where(slot => Holds(blob, slot)).ToArray();
        if (targets.Length == 0)
        {
            return true;
        }

        var call = new BlobCall(access, group, blob, slots, cancellationToken);
        var sources = Holders(blob).Where(slot => !targets.Contains(slot)).ToArray();
        foreach (var source in access.InOrder(group, sources))
        {
            if (await TryReadAsync(call, source) is not { } read)
            {
                continue;
            }

            try
            {
                var bytes = read.Range(0, read.LengthBytes);

                // Not earlier: until here a damaged one may be the last that is partly readable.
                var replaced = await Task.WhenAll(targets.Select(slot => access.ReplaceAsync(group, blob, slot, bytes)));
                FragmentAccess.Failures(replaced).ThrowFirst();
                return true;
            }
            finally
            {
                read.Release();
            }
        }

        return call.IsGone(sources, count - 1) ? false : throw call.Failure(sources, count - 1);
    }

    private static async ValueTask<FragmentRead?> TryReadAsync(BlobCall call, int source)
    {
        try
        {
            var device = call.Access.DeviceOf(call.Group, source);
            if (await device.FindFragmentAsync(FragmentAccess.IdOf(call.Blob, source), call.CancellationToken) is not { } length)
            {
                call.Report(source, ReadOutcome.Missing, null);
                return null;
            }

            var read = FragmentRead.IntoBuffer(call, source, 0, length);
            await call.EndAsync(read);
            if (read.IsGood)
            {
                return read;
            }

            read.Release();
            read.ThrowFault();
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            call.Report(source, ReadOutcome.Unreachable, e);
        }

        return null;
    }

    private int First(BlobId blob) => (int)(BlobForm.Of(blob).Number % (uint)slots);

    private int Slot(BlobId blob, int i) => (First(blob) + i) % slots;

    private int[] Holders(BlobId blob)
    {
        var holders = new int[count];
        for (var i = 0; i < count; i++)
        {
            holders[i] = Slot(blob, i);
        }

        return holders;
    }
}
