using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>A device whose fragment writes and reads wait until the test lets them go on.</summary>
internal sealed class GatedDevice(IDevice inner) : IDevice
{
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _entered = new(0);
    private int _inside;
    private int _insideMax;
    private long _bytes;
    private long _bytesMax;

    public int InsideMax => Volatile.Read(ref _insideMax);

    public int Inside => Volatile.Read(ref _inside);

    public long BytesMax => Interlocked.Read(ref _bytesMax);

    public DeviceIdentity Identity => inner.Identity;

    public DeviceState State => inner.State;

    public DeviceHealth Health => inner.Health;

    public DeviceUsage Usage => inner.Usage;

    public void Open() => _gate.TrySetResult();

    /// <summary>Waits until a number of further calls have come in.</summary>
    public async Task EnteredAsync(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            Assert.True(await _entered.WaitAsync(TimeSpan.FromSeconds(30)), $"{i} of {calls} calls came");
        }
    }

    public async ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await WaitAsync(payload.Length);
        await inner.WriteFragmentAsync(id, payload, cancellationToken);
    }

    public async ValueTask ReadFragmentAsync(FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await WaitAsync(destination.Length);
        await inner.ReadFragmentAsync(id, offsetBytes, destination, cancellationToken);
    }

    public ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken) =>
        inner.WriteFragmentsAsync(fragments, cancellationToken);

    public ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken) =>
        inner.DeleteFragmentsAsync(ids, cancellationToken);

    public ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken) =>
        inner.FindFragmentAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(FragmentId after, int limit, CancellationToken cancellationToken) =>
        inner.ListFragmentsAsync(after, limit, cancellationToken);

    public ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken) =>
        inner.WriteBlocksAsync(extent, blocks, cancellationToken);

    public ValueTask ReadBlocksAsync(
        ExtentId extent, uint firstBlock, Memory<byte> destination, Memory<BlockVersion> versions, CancellationToken cancellationToken) =>
        inner.ReadBlocksAsync(extent, firstBlock, destination, versions, cancellationToken);

    public ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken) =>
        inner.ListExtentsAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken) =>
        inner.ListBlocksAsync(extent, cancellationToken);

    public ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken) =>
        inner.FenceExtentAsync(extent, epoch, cancellationToken);

    public ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken) =>
        inner.DeleteExtentAsync(extent, cancellationToken);

    public ValueTask DisposeAsync()
    {
        Open();
        _entered.Dispose();
        return inner.DisposeAsync();
    }

    private async Task WaitAsync(int bytes)
    {
        lock (_gate)
        {
            _insideMax = Math.Max(_insideMax, ++_inside);
            _bytesMax = Math.Max(_bytesMax, _bytes += bytes);
        }

        _entered.Release();
        await _gate.Task;
        lock (_gate)
        {
            _inside--;
            _bytes -= bytes;
        }
    }
}
