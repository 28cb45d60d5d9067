using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using Xunit;

namespace OrleansStorage.Devices.Tests;

/// <summary>What every device does alike.</summary>
public abstract class DeviceComplianceTests
{
    private static readonly ExtentId Extent = new(1, 2);

    /// <summary>An empty device with room for 256 KiB and not for 2 MiB.</summary>
    protected abstract IDevice Create();

    [Fact]
    public async Task Fragments_AreWrittenReadListedAndDeleted()
    {
        await using var device = Create();
        await device.WriteFragmentsAsync([Write(3, 5_000), Write(1, 1), Write(2, 20_000)], default);

        Assert.Equal(
            [new FragmentEntry(Id(1), 1), new FragmentEntry(Id(2), 20_000), new FragmentEntry(Id(3), 5_000)],
            await device.ListFragmentsAsync(default, 10, default));
        Assert.Equal([new FragmentEntry(Id(2), 20_000)], await device.ListFragmentsAsync(Id(1), 1, default));
        var part = new byte[10_000];
        await device.ReadFragmentAsync(Id(2), 9_000, part, default);
        Assert.Equal(Bytes(2, 20_000)[9_000..19_000], part);
        Assert.Equal(20_000, await device.FindFragmentAsync(Id(2), default));

        await device.DeleteFragmentsAsync([Id(2), Id(77)], default);
        Assert.Null(await device.FindFragmentAsync(Id(2), default));
        await Assert.ThrowsAsync<FragmentNotFoundException>(async () => await device.ReadFragmentAsync(Id(2), 0, part, default));
        Assert.Equal(2, device.Usage.Fragments);
    }

    [Fact]
    public async Task Fragment_WrittenAgain_IsTheSameOrRefused()
    {
        await using var device = Create();
        await device.WriteFragmentAsync(Id(1), Bytes(1, 9_000), default);

        await device.WriteFragmentAsync(Id(1), Bytes(1, 9_000), default);
        await Assert.ThrowsAsync<FragmentExistsException>(async () => await device.WriteFragmentAsync(Id(1), Bytes(2, 9_000), default));
        await Assert.ThrowsAsync<FragmentExistsException>(async () => await device.WriteFragmentAsync(Id(1), Bytes(1, 8_999), default));
        Assert.Equal(1, device.Usage.Fragments);
    }

    [Theory]
    [InlineData(0, 11)]
    [InlineData(11, 0)]
    [InlineData(5, 6)]
    [InlineData(-1, 1)]
    public async Task Range_OutsideOfTheFragment_IsRefused(int from, int length)
    {
        await using var device = Create();
        await device.WriteFragmentAsync(Id(1), Bytes(1, 10), default);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await device.ReadFragmentAsync(Id(1), from, new byte[length], default));
    }

    [Fact]
    public async Task Block_IsReplacedByANewerVersion_NeverByAnOlderOne()
    {
        await using var device = Create();
        await device.WriteBlocksAsync(Extent, [Block(5, 2, 9, 1)], default);
        await device.WriteBlocksAsync(Extent, [Block(5, 2, 8, 2), Block(6, 1, 1, 3)], default);
        await device.WriteBlocksAsync(Extent, [Block(5, 2, 9, 4)], default);

        var (bytes, versions) = await ReadAsync(device, 4, 3);
        Assert.Equal([BlockVersion.None, new BlockVersion(2, 9), new BlockVersion(1, 1)], versions);
        Assert.Equal([.. new byte[4096], .. Bytes(1, 4096), .. Bytes(3, 4096)], bytes);

        await device.WriteBlocksAsync(Extent, [Block(5, 3, 1, 5)], default);
        Assert.Equal([new BlockEntry(5, new BlockVersion(3, 1)), new BlockEntry(6, new BlockVersion(1, 1))], await device.ListBlocksAsync(Extent, default));
        (bytes, _) = await ReadAsync(device, 5, 1);
        Assert.Equal(Bytes(5, 4096), bytes);
        Assert.Equal(2, device.Usage.Blocks);
    }

    [Fact]
    public async Task Fence_RefusesOlderEpochs_AndNeverFalls()
    {
        await using var device = Create();
        await device.WriteBlocksAsync(Extent, [Block(1, 3, 1, 1)], default);
        Assert.Equal(4u, await device.FenceExtentAsync(Extent, 4, default));
        Assert.Equal(4u, await device.FenceExtentAsync(Extent, 2, default));

        var fenced = await Assert.ThrowsAsync<FencedException>(
            async () => await device.WriteBlocksAsync(Extent, [Block(2, 4, 1, 1), Block(1, 3, 2, 2)], default));
        Assert.Equal((Extent, 4UL), (fenced.Extent, fenced.Fence));
        Assert.Equal([new BlockEntry(1, new BlockVersion(3, 1))], await device.ListBlocksAsync(Extent, default));
        await device.WriteBlocksAsync(Extent, [Block(1, 4, 1, 2)], default);
        Assert.Equal([new ExtentEntry(Extent, 4, 1)], await device.ListExtentsAsync(default, 10, default));
    }

    [Fact]
    public async Task DeletedExtent_HasNoBlocksAndNoFence()
    {
        await using var device = Create();
        await device.FenceExtentAsync(Extent, 4, default);
        await device.WriteBlocksAsync(Extent, [Block(1, 4, 1, 1)], default);

        await device.DeleteExtentAsync(Extent, default);
        await device.DeleteExtentAsync(Extent, default);

        Assert.Empty(await device.ListExtentsAsync(default, 10, default));
        var (bytes, versions) = await ReadAsync(device, 1, 1);
        Assert.Equal(BlockVersion.None, versions[0]);
        Assert.Equal(new byte[4096], bytes);
        await device.WriteBlocksAsync(Extent, [Block(1, 1, 1, 2)], default);
        Assert.Equal(1, device.Usage.Blocks);
    }

    [Fact]
    public async Task FullDevice_Refuses_AndStaysHealthy()
    {
        await using var device = Create();
        var written = 0;
        await Assert.ThrowsAsync<DeviceFullException>(async () =>
        {
            for (var i = 1; i <= 400; i++)
            {
                await device.WriteFragmentAsync(Id(i), Bytes(i, 8_000), default);
                written = i;
            }
        });

        Assert.True(written >= 32, $"{written} fragments fitted");
        Assert.Equal(DeviceState.Healthy, device.State);
        var read = new byte[8_000];
        await device.ReadFragmentAsync(Id(written), 0, read, default);
        Assert.Equal(Bytes(written, 8_000), read);
        await device.DeleteFragmentsAsync([Id(1)], default);
        Assert.Equal(written - 1, device.Usage.Fragments);
    }

    [Fact]
    public async Task DisposedDevice_RefusesEverything()
    {
        var device = Create();
        await device.DisposeAsync();
        await device.DisposeAsync();

        Assert.Equal(DeviceState.Closed, device.State);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await device.WriteFragmentAsync(Id(1), new byte[1], default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await device.ListFragmentsAsync(default, 1, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await device.FenceExtentAsync(Extent, 1, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData((16 << 20) + 1)]
    public async Task PayloadOfImpossibleLength_IsRefused(int length)
    {
        await using var device = Create();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await device.WriteFragmentAsync(Id(1), new byte[length], default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await device.WriteBlocksAsync(Extent, [new BlockWrite(1, new BlockVersion(1, 1), new byte[4095])], default));
    }

    private static FragmentId Id(int sequence) => new(new BlobId(1, 1, (ulong)sequence), 1);

    private static byte[] Bytes(int of, int length)
    {
        var bytes = new byte[length];
        TestSeed.Create(of).NextBytes(bytes);
        return bytes;
    }

    private static FragmentWrite Write(int sequence, int length) => new(Id(sequence), Bytes(sequence, length));

    private static BlockWrite Block(uint number, ulong epoch, ulong sequence, int of) =>
        new(number, new BlockVersion(epoch, sequence), Bytes(of, 4096));

    private static async Task<(byte[] Bytes, BlockVersion[] Versions)> ReadAsync(IDevice device, uint first, int count)
    {
        var bytes = Enumerable.Repeat((byte)0xEE, count * 4096).ToArray();
        var versions = new BlockVersion[count];
        await device.ReadBlocksAsync(Extent, first, bytes, versions, default);
        return (bytes, versions);
    }
}
