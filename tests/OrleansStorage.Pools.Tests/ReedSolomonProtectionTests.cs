using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using OrleansStorage.Erasure;
using Xunit;

namespace OrleansStorage.Pools.Tests;

public sealed class ReedSolomonProtectionTests
{
    private const int Page = 4096;
    private const int Large = 256 << 10;

    public static TheoryData<int> EdgeSizes =>
        [1, Page, (4 * Page) - 1, 4 * Page, (4 * Page) + 1, 40_001, Large - 1, Large, Large + 1, Large + (4 * Page) + 1];

    [Theory]
    [MemberData(nameof(EdgeSizes))]
    public async Task Fragments_AreWhatTheCodeDefines_AndReadBackWhole(int size)
    {
        var group = new SimulatedGroup(4, 2, segmentBytes: 256 << 10);
        var payload = SimulatedDevice.Payload(size, size);
        var blob = await group.WriteAsync(payload);
        var isStriped = size >= 4 * Page;
        var fragmentBytes = isStriped ? group.Protection.FragmentBytes(size) : 0;
        Assert.Equal(fragmentBytes, BlobForm.Of(blob).FragmentBytes);
        if (isStriped)
        {
            await AssertStripedAsync(group, blob, payload, fragmentBytes);
        }
        else
        {
            await AssertCopiesAsync(group, blob, payload);
        }

        var (bytes, bad) = await group.ReadAsync(blob, 0, size);
        Assert.Equal(payload, bytes);
        Assert.Empty(bad);
    }

    [Theory]
    [InlineData(4, 4 * Page, Page)]
    [InlineData(4, (4 * Page) + 1, Page + 64)]
    [InlineData(4, (64 << 10) * 4, 64 << 10)]
    [InlineData(4, ((64 << 10) * 4) + 1, (64 << 10) + Page)]
    [InlineData(4, 16 << 20, 4 << 20)]
    [InlineData(4, 4 * ((64 << 10) - 1), 64 << 10)]
    [InlineData(3, 16 << 20, 5_595_136)]
    public void FragmentLength_IsTheShareRoundedUp_ToAPageWhenItIsLarge(int data, int size, int expected)
    {
        var protection = new ReedSolomonProtection(data, 2, new PoolMembers(), new ProtectionOptions());

        Assert.Equal(expected, protection.FragmentBytes(size));
        var form = protection.FormOf(size, 9);
        Assert.Equal(new BlobForm(expected, 9), form);
        var blob = form.ToId(1, 1);
        Assert.Equal(data, protection.FragmentsNeeded(blob));
        Assert.Equal(data * expected, protection.BlobBytes(new FragmentEntry(new FragmentId(blob, 5), expected)));
        Assert.All(Enumerable.Range(0, data + 2), slot => Assert.True(protection.Holds(blob, slot)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LargestBlob_IsReadBack_WithTwoDevicesGone(bool isHedged)
    {
        var group = new SimulatedGroup(4, 2, isHedged ? TimeSpan.FromSeconds(1) : default, 8 << 20, 5);
        var payload = SimulatedDevice.Payload(1, 16 << 20);
        var blob = await group.WriteAsync(payload);
        group.SetGone([1, 2], isGone: true);

        var (bytes, bad) = await group.ReadAsync(blob, 0, payload.Length);

        Assert.True(payload.AsSpan().SequenceEqual(bytes));
        Assert.Empty(bad);
    }

    [Theory]
    [InlineData(Loss.DeviceGone, 40_001)]
    [InlineData(Loss.Missing, 40_001)]
    [InlineData(Loss.Corrupt, 40_001)]
    [InlineData(Loss.DeviceGone, 9_000)]
    [InlineData(Loss.Missing, 9_000)]
    [InlineData(Loss.Corrupt, 9_000)]
    public async Task AnyTwoLost_NothingIsLost_AndWhatCanBeRepairedIs(Loss loss, int size)
    {
        foreach (var hedge in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(1) })
        {
            foreach (var slots in Enumerable.Range(0, 3).SelectMany(count => SimulatedGroup.Subsets(6, count)))
            {
                var group = new SimulatedGroup(4, 2, hedge);
                var payload = SimulatedDevice.Payload(size, size);
                var blob = await group.WriteAsync(payload);
                var whole = await AllStoredAsync(group, blob);
                var hit = slots.Where(slot => group.Protection.Holds(blob, slot)).ToArray();
                await LoseAsync(group, blob, hit, loss);

                await AssertReadsAsync(group, blob, payload);

                var (bytes, bad) = await group.ReadAsync(blob, 0, size);
                Assert.Equal(payload, bytes);
                Assert.Empty(loss == Loss.DeviceGone ? bad : bad.Except(hit));
                group.SetGone(slots, isGone: false);
                Assert.True(await group.Repairs.RepairAsync(group.Group, blob, hit, default));
                Assert.Equal(0, group.Buffers.InUse);
                Assert.Equal(whole, await AllStoredAsync(group, blob));
            }
        }
    }

    [Theory]
    [InlineData(Loss.DeviceGone)]
    [InlineData(Loss.Corrupt)]
    [InlineData(Loss.Missing)]
    public async Task ThreeLost_LosesExactlyTheBlobsThatNeedThem(Loss loss)
    {
        var lost = 0;
        var kept = 0;
        foreach (var slots in SimulatedGroup.Subsets(6, 3))
        {
            var group = new SimulatedGroup(4, 2);
            var striped = await group.WriteAsync(SimulatedDevice.Payload(1, 40_000));
            await LoseAsync(group, striped, slots, loss);
            await AssertLostAsync(group, striped, 40_000, loss);
            foreach (var i in Enumerable.Range(0, 6))
            {
                group.SetGone(slots, isGone: false);
                var small = await group.WriteAsync(SimulatedDevice.Payload(i, 5_000));
                var holders = Enumerable.Range(0, 6).Where(slot => group.Protection.Holds(small, slot)).ToArray();
                await LoseAsync(group, small, slots.Intersect(holders), loss);
                if (holders.Except(slots).Any())
                {
                    kept++;
                    Assert.Equal(SimulatedDevice.Payload(i, 5_000), (await group.ReadAsync(small, 0, 5_000)).Bytes);
                }
                else
                {
                    lost++;
                    await AssertLostAsync(group, small, 5_000, loss);
                }
            }
        }

        Assert.Equal((6, 114), (lost, kept));
    }

    [Fact]
    public async Task RangeOfALostBlob_ThatLiesInAFragmentThatIsThere_IsRead()
    {
        var group = new SimulatedGroup(4, 2);
        var payload = SimulatedDevice.Payload(1, 4 * 8_192);
        var blob = await group.WriteAsync(payload);
        group.SetGone([0, 4, 5], isGone: true);

        Assert.Equal(payload[8_192..24_576], (await group.ReadAsync(blob, 8_192, 16_384)).Bytes);
        await Assert.ThrowsAsync<BlobLostException>(() => group.ReadAsync(blob, 8_191, 2));
    }

    [Fact]
    public async Task RangeOutsideOfTheStripe_IsRefused_AndTheZerosBehindTheBlobAreNot()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(SimulatedDevice.Payload(1, 20_001));
        var length = 4 * BlobForm.Of(blob).FragmentBytes;

        Assert.Equal(new byte[length - 20_001], (await group.ReadAsync(blob, 20_001, length - 20_001)).Bytes);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => group.ReadAsync(blob, length - 1, 2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => group.ReadAsync(blob, -1, 2));
        Assert.Empty((await group.ReadAsync(blob, 5, 0)).Bytes);
    }

    [Theory]
    [InlineData(9_000)]
    [InlineData(40_000)]
    public async Task BlobThatNobodyHas_IsNotFound_UnlessTooFewCouldBeAsked(int size)
    {
        var group = new SimulatedGroup(4, 2);
        var blob = group.NewId(size);
        await Assert.ThrowsAsync<BlobNotFoundException>(() => group.ReadAsync(blob, 0, size));
        Assert.False(await group.Repairs.RepairAsync(group.Group, blob, 1, default));

        // The three that answer are more than a stored blob may miss; two are not.
        group.SetGone([0, 1, 2], isGone: true);
        if (size == 40_000)
        {
            await Assert.ThrowsAsync<BlobNotFoundException>(() => group.ReadAsync(blob, 0, size));
        }

        group.SetGone([3], isGone: true);
        await Assert.ThrowsAsync<BlobLostException>(() => group.ReadAsync(blob, 0, size));
    }

    [Fact]
    public async Task Range_TouchesOnlyItsFragments_AndARebuiltOneOnlyItsColumns()
    {
        var group = new SimulatedGroup(4, 2);
        var payload = SimulatedDevice.Payload(1, 4 * 16_384);
        var blob = await group.WriteAsync(payload);

        await group.ReadAsync(blob, 16_000, 1_000);
        Assert.Equal([(0, 16_000, 384), (1, 0, 616)], Reads(group));

        // The one that is gone is computed from four others; no more of them is read than its own range.
        group.SetGone([1], isGone: true);
        Assert.Equal(payload[20_000..21_000], (await group.ReadAsync(blob, 20_000, 1_000)).Bytes);
        Assert.Equal([(0, 3_616, 1_000), (2, 3_616, 1_000), (3, 3_616, 1_000), (4, 3_616, 1_000)], Reads(group));

        // Of the whole blob, what is read anyway counts.
        Assert.Equal(payload, (await group.ReadAsync(blob, 0, payload.Length)).Bytes);
        Assert.Equal([(0, 0, 16_384), (2, 0, 16_384), (3, 0, 16_384), (4, 0, 16_384)], Reads(group));

        // Both ends of a range are gone, and have no column in common.
        group.SetGone([2], isGone: true);
        Assert.Equal(payload[32_700..32_800], (await group.ReadAsync(blob, 32_700, 100)).Bytes);
        Assert.Equal(8, Reads(group).Count(read => read is (_, 16_316, 68) or (_, 0, 32)));
    }

    [Fact]
    public async Task SuspectDevice_IsReadOnlyWhenThereIsNoOtherWay()
    {
        var group = new SimulatedGroup(4, 2);
        var payload = SimulatedDevice.Payload(1, 40_000);
        var blob = await group.WriteAsync(payload);
        group.Members.SetState(group.Group.Devices[1], MemberState.Suspect);

        Assert.Equal(payload, (await group.ReadAsync(blob, 0, payload.Length)).Bytes);
        Assert.DoesNotContain(Reads(group), read => read.Slot == 1);

        group.SetGone([4, 5], isGone: true);
        Assert.Equal(payload, (await group.ReadAsync(blob, 0, payload.Length)).Bytes);
        Assert.Contains(Reads(group), read => read.Slot == 1);
    }

    [Fact]
    public async Task DeviceThatDoesNotAnswer_IsDoneWithout_AndNotReportedForRepair()
    {
        var group = new SimulatedGroup(4, 2);
        var payload = SimulatedDevice.Payload(1, 40_000);
        var blob = await group.WriteAsync(payload);
        group.Watched[0].ReadError = new DeviceException("The line is cut.");
        await group.DeleteAsync(blob, 3);

        var (bytes, bad) = await group.ReadAsync(blob, 0, payload.Length);

        Assert.Equal(payload, bytes);
        Assert.Equal([3], bad);
    }

    [Fact]
    public async Task Write_ReportsEachFailure_AndWaitsForAllOthers()
    {
        var group = new SimulatedGroup(4, 2);
        var payload = SimulatedDevice.Payload(1, 40_001);
        var blob = group.NewId(payload.Length);
        group.Watched[1].WriteError = new DeviceFullException("full");
        group.Watched[5].WriteError = new ObjectDisposedException("gone");
        group.Watched[3].WritesWaitFor = new TaskCompletionSource();

        var write = group.Protection.WriteAsync(group.Group, blob, payload).AsTask();
        Assert.False(write.IsCompleted);
        Assert.Equal(2, group.Buffers.InUse);
        group.Watched[3].WritesWaitFor!.SetResult();

        var failures = await write;
        Assert.Equal([1, 5], failures.Select(failure => failure.Slot));
        Assert.IsType<DeviceFullException>(failures[0].Error);
        Assert.Equal(0, group.Buffers.InUse);
        Assert.Equal(payload, (await group.ReadAsync(blob, 0, payload.Length)).Bytes);
    }

    [Fact]
    public async Task ErrorThatNoDeviceMayThrow_PassesThrough_OnlyWhenAllWritesHaveEnded()
    {
        var group = new SimulatedGroup(4, 2);
        group.Watched[0].WriteError = new InvalidOperationException("a bug");
        group.Watched[3].WritesWaitFor = new TaskCompletionSource();

        var write = group.Protection.WriteAsync(group.Group, group.NewId(40_001), new byte[40_001]).AsTask();
        Assert.False(write.IsCompleted);
        group.Watched[3].WritesWaitFor!.SetResult();

        await Assert.ThrowsAsync<InvalidOperationException>(() => write);
        Assert.Equal(0, group.Buffers.InUse);
    }

    [Fact]
    public async Task Repair_ReadsTheOthersOnce_ForAllSlots()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(SimulatedDevice.Payload(1, 40_000));
        var whole = await AllStoredAsync(group, blob);
        await group.DeleteAsync(blob, 2);
        await group.DamageAsync(blob, 5);
        Reads(group);

        Assert.True(await group.Repairs.RepairAsync(group.Group, blob, [5, 2], default));

        Assert.Equal([0, 1, 3, 4], Reads(group).Select(read => read.Slot));
        Assert.Equal(whole, await AllStoredAsync(group, blob));
        Assert.True(await group.Repairs.RepairAsync(group.Group, blob, [], default));
        Assert.Empty(Reads(group));
    }

    [Fact]
    public async Task RepairThatOneDeviceRefuses_IsDoneOnTheOthers_AndFails()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(SimulatedDevice.Payload(1, 40_000));
        var whole = await AllStoredAsync(group, blob);
        await group.DeleteAsync(blob, 2);
        await group.DeleteAsync(blob, 5);
        group.Watched[2].WriteError = new DeviceFullException("full");

        await Assert.ThrowsAsync<DeviceFullException>(
            async () => await group.Repairs.RepairAsync(group.Group, blob, [2, 5], default));

        Assert.Equal(whole[5], await group.StoredAsync(blob, 5));
        Assert.Null(await group.StoredAsync(blob, 2));
        Assert.Equal(0, group.Buffers.InUse);
    }

    [Fact]
    public async Task RepairOfWhatIsLost_IsAnError_AndLeavesWhatIsThere()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(SimulatedDevice.Payload(1, 40_000));
        group.SetGone([0, 1, 2], isGone: true);
        await group.DeleteAsync(blob, 3);

        await Assert.ThrowsAsync<BlobLostException>(async () => await group.Repairs.RepairAsync(group.Group, blob, [3], default));
        await Assert.ThrowsAsync<BlobLostException>(async () => await group.Repairs.RepairAsync(group.Group, blob, [4], default));

        Assert.NotNull(await group.StoredAsync(blob, 4));
    }

    [Fact]
    public async Task CopiesOfASmallBlob_AreRepairedWhereTheyBelong_AndNowhereElse()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(SimulatedDevice.Payload(1, 5_000));
        await group.DeleteAsync(blob, 2);
        await group.DamageAsync(blob, 3);

        Assert.True(await group.Repairs.RepairAsync(group.Group, blob, [0, 2, 3, 4], default));

        await AssertCopiesAsync(group, blob, SimulatedDevice.Payload(1, 5_000));
    }

    [Fact]
    public async Task Delete_ReachesEveryFragment_AndGoesAroundDevicesThatAreGone()
    {
        var group = new SimulatedGroup(4, 2);
        BlobId[] blobs = [await group.WriteAsync(new byte[40_000]), await group.WriteAsync(new byte[50])];
        group.SetGone([2], isGone: true);

        await group.Protection.DeleteAsync(group.Group, blobs, default);

        Assert.Equal([0, 0, 2, 0, 0, 0], group.Devices.Select(device => (int)device.Device.Usage.Fragments));
    }

    private static async Task AssertStripedAsync(SimulatedGroup group, BlobId blob, byte[] payload, int fragmentBytes)
    {
        var padded = new byte[4 * fragmentBytes];
        payload.CopyTo(padded, 0);
        var parity = new byte[2 * fragmentBytes];
        new ReedSolomonCodec(4, 2).Encode(padded, parity);
        byte[] expected = [.. padded, .. parity];
        for (var slot = 0; slot < 6; slot++)
        {
            Assert.Equal(expected[(slot * fragmentBytes)..((slot + 1) * fragmentBytes)], await group.StoredAsync(blob, slot));
        }
    }

    private static async Task AssertCopiesAsync(SimulatedGroup group, BlobId blob, byte[] payload)
    {
        var first = (int)(BlobForm.Of(blob).Number % 6);
        for (var slot = 0; slot < 6; slot++)
        {
            var holds = (slot - first + 6) % 6 < 3;
            Assert.Equal(holds, group.Protection.Holds(blob, slot));
            Assert.Equal(holds ? payload : null, await group.StoredAsync(blob, slot));
        }
    }

    /// <summary>Ranges at the borders of fragments, inside of them and across all.</summary>
    private static async Task AssertReadsAsync(SimulatedGroup group, BlobId blob, byte[] payload)
    {
        var fragment = Math.Max(BlobForm.Of(blob).FragmentBytes, 2_000);
        foreach (var (from, to) in new[] { (0, 1), (fragment - 1, fragment + 1), (fragment, 2 * fragment), (100, (3 * fragment) + 7) })
        {
            Assert.Equal(payload[from..to], (await group.ReadAsync(blob, from, to - from)).Bytes);
        }
    }

    private static async Task<byte[]?[]> AllStoredAsync(SimulatedGroup group, BlobId blob)
    {
        var all = new byte[]?[group.Devices.Length];
        for (var slot = 0; slot < all.Length; slot++)
        {
            all[slot] = await group.StoredAsync(blob, slot);
        }

        return all;
    }

    private static async Task LoseAsync(SimulatedGroup group, BlobId blob, IEnumerable<int> slots, Loss loss)
    {
        foreach (var slot in slots)
        {
            switch (loss)
            {
                case Loss.DeviceGone:
                    group.SetGone([slot], isGone: true);
                    break;
                case Loss.Missing:
                    await group.DeleteAsync(blob, slot);
                    break;
                default:
                    await group.DamageAsync(blob, slot);
                    break;
            }
        }
    }

    private static async Task AssertLostAsync(SimulatedGroup group, BlobId blob, int size, Loss loss)
    {
        // Of the copies nothing is left at all: that cannot be told from a blob that was deleted.
        if (loss == Loss.Missing && !BlobForm.Of(blob).IsStriped)
        {
            await Assert.ThrowsAsync<BlobNotFoundException>(() => group.ReadAsync(blob, 0, size));
        }
        else
        {
            await Assert.ThrowsAsync<BlobLostException>(() => group.ReadAsync(blob, 0, size));
        }

        Assert.Equal(0, group.Buffers.InUse);
    }

    /// <summary>What the devices were asked to read since the last call, in order of slots.</summary>
    private static List<(int Slot, int OffsetBytes, int LengthBytes)> Reads(SimulatedGroup group)
    {
        var reads = group.Watched
            .SelectMany((device, slot) => device.Reads.Select(read => (slot, read.OffsetBytes, read.LengthBytes)))
            .ToList();
        Array.ForEach(group.Watched, device => device.Reads.Clear());
        return reads;
    }

    public enum Loss
    {
        DeviceGone,
        Missing,
        Corrupt,
    }
}
