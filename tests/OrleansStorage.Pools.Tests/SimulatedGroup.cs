using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using OrleansStorage.Pools.Striping;
using Xunit;

namespace OrleansStorage.Pools.Tests;

/// <summary>One stripe group on simulated devices under a protection, for tests of that protection.</summary>
internal sealed class SimulatedGroup
{
    public const uint Id = 7;

    private ulong _number;

    public SimulatedGroup(
        int data, int parity, TimeSpan hedgeDelay = default, int segmentBytes = SimulatedDevice.SegmentBytes, int segments = 64)
    {
        Devices = [.. Enumerable.Range(1, data + parity).Select(i => new SimulatedDevice(
            i, segments, options => options.SegmentBytes = segmentBytes, i))];
        Watched = [.. Devices.Select(device => new WatchedDevice(device.Device))];
        Members = new PoolMembers(Watched);
        Group = new StripeGroup(Id, 1, [.. Watched.Select(device => device.Identity.Id)]);
        Protection = new ReedSolomonProtection(data, parity, Members, new ProtectionOptions { HedgeDelay = hedgeDelay, Time = Time });
    }

    public SimulatedTime Time { get; } = new();

    public SimulatedDevice[] Devices { get; }

    public WatchedDevice[] Watched { get; }

    public PoolMembers Members { get; }

    public StripeGroup Group { get; }

    public ReedSolomonProtection Protection { get; }

    public PageBuffers Buffers => Protection.Buffers;

    public static FragmentId Fragment(BlobId blob, int slot) => new(blob, (byte)slot);

    public IBlobProtection Repairs => Protection;

    public BlobId NewId(int bytes) => Protection.FormOf(bytes, ++_number).ToId(Id, 1);

    public async Task<BlobId> WriteAsync(byte[] payload)
    {
        var blob = NewId(payload.Length);
        Assert.Empty(await Protection.WriteAsync(Group, blob, payload));
        Assert.Equal(0, Buffers.InUse);
        return blob;
    }

    public async Task<(byte[] Bytes, IReadOnlyList<int> Bad)> ReadAsync(BlobId blob, int offset, int length)
    {
        var bytes = new byte[length];
        var bad = await Protection.ReadAsync(Group, blob, offset, bytes, default);
        Assert.Equal(0, Buffers.InUse);
        return (bytes, bad);
    }

    public async Task<byte[]?> StoredAsync(BlobId blob, int slot)
    {
        var device = Devices[slot].Device;
        if (await device.FindFragmentAsync(Fragment(blob, slot), default) is not { } length)
        {
            return null;
        }

        var bytes = new byte[length];
        await device.ReadFragmentAsync(Fragment(blob, slot), 0, bytes, default);
        return bytes;
    }

    public void SetGone(IEnumerable<int> slots, bool isGone)
    {
        foreach (var slot in slots)
        {
            Members.SetState(Group.Devices[slot], isGone ? MemberState.Lost : MemberState.Online);
        }
    }

    /// <summary>Flips bits of a stored fragment, one in each of its checksum blocks, wherever it lies in the files of its device.</summary>
    public async Task DamageAsync(BlobId blob, int slot)
    {
        var stored = Assert.IsType<byte[]>(await StoredAsync(blob, slot));
        var layer = Devices[slot].Layer;
        foreach (var (name, _) in layer.Files.Where(file => file.Name.StartsWith("segment-", StringComparison.Ordinal)).Reverse())
        {
            var content = layer.ReadAll(name);
            for (var at = content.AsSpan().LastIndexOf(stored); at >= 0; at = content.AsSpan(0, at).LastIndexOf(stored))
            {
                FlipBlocks(slot, name, at, stored.Length);
                if (await IsDamagedAsync(blob, slot))
                {
                    return;
                }

                // Bytes of a deleted fragment that were the same.
                FlipBlocks(slot, name, at, stored.Length);
            }
        }

        Assert.Fail($"Fragment {slot} of {blob} is in no file.");
    }

    public async Task DeleteAsync(BlobId blob, int slot) =>
        await Devices[slot].Device.DeleteFragmentsAsync([Fragment(blob, slot)], default);

    private void FlipBlocks(int slot, string name, int at, int length)
    {
        for (var block = 0; block < length; block += 16 << 10)
        {
            Devices[slot].Layer.FlipBit(name, at + block + (Math.Min(length - block, 16 << 10) / 2), 3);
        }
    }

    private async Task<bool> IsDamagedAsync(BlobId blob, int slot)
    {
        try
        {
            await StoredAsync(blob, slot);
            return false;
        }
        catch (CorruptFragmentException)
        {
            return true;
        }
    }

    /// <summary>Every set of so many slots.</summary>
    public static IEnumerable<int[]> Subsets(int slots, int count) =>
        Enumerable.Range(0, 1 << slots)
            .Where(set => int.PopCount(set) == count)
            .Select(set => Enumerable.Range(0, slots).Where(slot => (set >> slot & 1) == 1).ToArray());
}
