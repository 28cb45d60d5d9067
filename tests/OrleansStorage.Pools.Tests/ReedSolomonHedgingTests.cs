using OrleansStorage.Devices;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Pools.Tests;

/// <summary>
/// Reads when devices are slow. The clock of the protection is the test's, and the slow devices answer when the test says so.
/// </summary>
public sealed class ReedSolomonHedgingTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(50);

    // Made by the test itself: before a test begins, the runner sets a context that would take continuations to other threads.
    private readonly Lazy<SimulatedGroup> _lazy = new(() => new SimulatedGroup(4, 2, s_delay));
    private readonly byte[] _payload = SimulatedDevice.Payload(1, 40_000);

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 0, 3 })]
    [InlineData(new[] { 2, 4 })]
    public async Task SlowDevices_AreDoneWithout_AndWriteNothingAfterwards(int[] slow)
    {
        var blob = await Group.WriteAsync(_payload);
        Hold(slow);
        var bytes = new byte[_payload.Length];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();

        // Those among the others that are slow are late once more.
        Group.Time.Advance(s_delay - TimeSpan.FromTicks(1));
        Assert.False(read.IsCompleted);
        Group.Time.Advance(2 * s_delay);

        Assert.True(read.IsCompleted);
        Assert.Empty(await read);
        Assert.Equal(_payload, bytes);
        Assert.Equal(slow.Length, Group.Buffers.InUse);

        bytes.AsSpan().Fill(0xA5);
        LetGo(slow);
        Assert.Equal(0, Group.Buffers.InUse);
        Assert.DoesNotContain(bytes, b => b != 0xA5);
    }

    [Fact]
    public async Task SlowDevicesOfTheirOwnTime_AreDoneWithout()
    {
        var blob = await Group.WriteAsync(_payload);
        var slow = Group.Devices[2];
        (slow.Layer.Faults.DelayMin, slow.Layer.Faults.DelayMax) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9));
        var bytes = new byte[_payload.Length];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
        Group.Time.Advance(s_delay);

        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(_payload, bytes);
        bytes.AsSpan().Clear();
        Assert.True(slow.Time.Step(), "the device still has something to do");
        while (slow.Time.Step())
        {
        }

        Assert.Equal(0, Group.Buffers.InUse);
        Assert.DoesNotContain(bytes, b => b != 0);
    }

    [Fact]
    public async Task LateRead_ThatIsFirstAfterAll_Counts()
    {
        var blob = await Group.WriteAsync(_payload);
        Hold(1, 4, 5);
        var bytes = new byte[_payload.Length];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
        Group.Time.Advance(s_delay * 3);
        Assert.False(read.IsCompleted);

        LetGo(1);

        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(_payload, bytes);
        LetGo(4, 5);
        Assert.Equal(0, Group.Buffers.InUse);
    }

    [Fact]
    public async Task LateRead_IsTheLastHope_WhenTheOthersAreGone()
    {
        var blob = await Group.WriteAsync(_payload);
        Group.SetGone([4, 5], isGone: true);
        Hold(1);
        var bytes = new byte[_payload.Length];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
        Group.Time.Advance(s_delay * 100);
        Assert.False(read.IsCompleted);
        LetGo(1);
        await read;
        Assert.Equal(_payload, bytes);

        Hold(1);
        read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
        Group.Time.Advance(s_delay * 100);
        Group.Watched[1].ReadError = new DeviceException("The line is cut.");
        LetGo(1);
        await Assert.ThrowsAsync<BlobLostException>(() => read);
        Assert.Equal(0, Group.Buffers.InUse);
    }

    [Fact]
    public async Task SlowCopyOfASmallBlob_IsReadFromAnother()
    {
        var payload = SimulatedDevice.Payload(1, 5_000);
        var blob = await Group.WriteAsync(payload);
        Hold(1, 2);
        var bytes = new byte[5_000];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
        Group.Time.Advance(s_delay);
        Assert.False(read.IsCompleted);
        Group.Time.Advance(s_delay);

        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(payload, bytes);
        bytes.AsSpan().Clear();
        LetGo(1, 2);
        Assert.Equal(new byte[5_000], bytes);
        Assert.Equal(0, Group.Buffers.InUse);
    }

    [Fact]
    public async Task DeviceThatNeverAnswers_KeepsOnlyAFewBuffers()
    {
        var blob = await Group.WriteAsync(_payload);
        Hold(1);
        for (var i = 0; i < 20; i++)
        {
            var bytes = new byte[_payload.Length];
            var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, default).AsTask();
            Group.Time.Advance(s_delay);
            Assert.True(read.IsCompletedSuccessfully);
            Assert.Equal(_payload, bytes);
        }

        Assert.Equal(new ProtectionOptions().LateReadsMax, Group.Buffers.InUse);
        Assert.Equal(Group.Buffers.InUse, Group.Watched[1].Reads.Count);
        LetGo(1);
        Assert.Equal(0, Group.Buffers.InUse);
        await Group.ReadAsync(blob, 0, _payload.Length);
        Assert.Equal(new ProtectionOptions().LateReadsMax + 1, Group.Watched[1].Reads.Count);
    }

    [Fact]
    public async Task CancelledRead_EndsAtOnce_AndWritesNothingAfterwards()
    {
        var blob = await Group.WriteAsync(_payload);
        Hold(0, 1, 2, 3, 4, 5);
        using var cancellation = new CancellationTokenSource();
        var bytes = new byte[_payload.Length];
        var read = Group.Protection.ReadAsync(Group.Group, blob, 0, bytes, cancellation.Token).AsTask();
        Group.Time.Advance(s_delay);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        LetGo(0, 1, 2, 3, 4, 5);
        Assert.Equal(0, Group.Buffers.InUse);
        Assert.DoesNotContain(bytes, b => b != 0);
    }

    [Fact]
    public async Task WithoutHedging_AReadWaitsForItsDevices_EvenWhenCancelled()
    {
        var group = new SimulatedGroup(4, 2);
        var blob = await group.WriteAsync(_payload);
        group.Watched[3].HoldsReads = true;
        using var cancellation = new CancellationTokenSource();
        var bytes = new byte[_payload.Length];
        var read = group.Protection.ReadAsync(group.Group, blob, 0, bytes, cancellation.Token).AsTask();
        group.Time.Advance(TimeSpan.FromHours(1));
        await cancellation.CancelAsync();
        Assert.False(read.IsCompleted);

        group.Watched[3].LetReadsGo();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(0, group.Buffers.InUse);
    }

    private SimulatedGroup Group => _lazy.Value;

    private void Hold(params int[] slots)
    {
        foreach (var slot in slots)
        {
            Group.Watched[slot].HoldsReads = true;
        }
    }

    private void LetGo(params int[] slots)
    {
        foreach (var slot in slots)
        {
            Group.Watched[slot].LetReadsGo();
        }
    }
}
