using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools.Tests;

/// <summary>A device whose reads and writes are counted, and may be held up or refused.</summary>
internal sealed class WatchedDevice(IDevice device) : IDevice
{
    private readonly Queue<TaskCompletionSource> _held = new();

    public List<(FragmentId Id, int OffsetBytes, int LengthBytes)> Reads { get; } = [];

    public int Writes { get; private set; }

    /// <summary>Reads wait, until they are let go.</summary>
    public bool HoldsReads { get; set; }

    /// <summary>Writes wait for it.</summary>
    public TaskCompletionSource? WritesWaitFor { get; set; }

    /// <summary>What reads throw.</summary>
    public Exception? ReadError { get; set; }

    /// <summary>What writes throw.</summary>
    public Exception? WriteError { get; set; }

    public DeviceIdentity Identity => device.Identity;

    public DeviceState State => device.State;

    public DeviceHealth Health => device.Health;

    public DeviceUsage Usage => device.Usage;

    public void LetReadsGo()
    {
        HoldsReads = false;
        while (_held.TryDequeue(out var held))
        {
            held.SetResult();
        }
    }

    public async ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Writes++;
        await (WritesWaitFor?.Task ?? Task.CompletedTask);
        if (WriteError is { } error)
        {
            throw error;
        }

        await device.WriteFragmentAsync(id, payload, cancellationToken);
    }

    public ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken) =>
        device.WriteFragmentsAsync(fragments, cancellationToken);

    public async ValueTask ReadFragmentAsync(
        FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Reads.Add((id, offsetBytes, destination.Length));
        if (HoldsReads)
        {
            // Each its own: what waits for one task together is not continued in order.
            var held = new TaskCompletionSource();
            _held.Enqueue(held);
            await held.Task;
        }

        if (ReadError is { } error)
        {
            throw error;
        }

        await device.ReadFragmentAsync(id, offsetBytes, destination, cancellationToken);
    }

    public ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken) =>
        device.DeleteFragmentsAsync(ids, cancellationToken);

    public ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken) =>
        device.FindFragmentAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(
        FragmentId after, int limit, CancellationToken cancellationToken) => device.ListFragmentsAsync(after, limit, cancellationToken);

    public ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken) =>
        device.WriteBlocksAsync(extent, blocks, cancellationToken);

    public ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken) => device.ReadBlocksAsync(extent, firstBlock, destination, versions, cancellationToken);

    public ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken) =>
        device.ListExtentsAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken) =>
        device.ListBlocksAsync(extent, cancellationToken);

    public ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken) =>
        device.FenceExtentAsync(extent, epoch, cancellationToken);

    public ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken) =>
        device.DeleteExtentAsync(extent, cancellationToken);

    public ValueTask DisposeAsync() => device.DisposeAsync();
}
