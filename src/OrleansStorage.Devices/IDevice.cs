using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices;

/// <summary>Stores fragments and extent blocks, checksummed. Safe to call from many threads.</summary>
/// <remarks>
/// A call that changes something completes when the change is durable: after a crash it is there, whole. A call that did not
/// complete, or threw, may or may not have happened, but never in part (of one record).
/// Every read was verified. A device whose medium fails to write or to sync is out of service for good
/// (<see cref="DeviceState.Failed"/>): every later call throws <see cref="DeviceFailedException"/>. After it was disposed every
/// call throws <see cref="ObjectDisposedException"/>. A cancellation is looked at before a call begins; writes that
/// are under way run to their end, because they read the caller's buffers.
/// A device of another silo says of its state, health and usage what it last heard; it is
/// <see cref="DeviceState.Unreachable"/> while it hears nothing, and its calls throw <see cref="DeviceUnreachableException"/>.
/// </remarks>
public interface IDevice : IAsyncDisposable
{
    /// <summary>Length of an extent block, in bytes.</summary>
    public const int BlockSizeBytes = 4096;

    /// <summary>Most blocks of one extent: 256 MiB.</summary>
    public const int ExtentBlocksMax = 65_536;

    /// <summary>What the device is.</summary>
    DeviceIdentity Identity { get; }

    /// <summary>Whether it can be used. Cheap.</summary>
    DeviceState State { get; }

    /// <summary>Whether it can be used, and what was found wrong.</summary>
    DeviceHealth Health { get; }

    /// <summary>How full it is.</summary>
    DeviceUsage Usage { get; }

    /// <summary>Writes a fragment. Writing the same bytes under the same name again succeeds and stores nothing.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="payload">1 byte to <see cref="FragmentId.SizeMaxBytes"/>; unchanged until the call completes.</param>
    /// <param name="cancellationToken">Looked at before the call begins.</param>
    /// <exception cref="DeviceFullException">There is no room.</exception>
    /// <exception cref="DeviceBusyException">Too many calls wait.</exception>
    /// <exception cref="FragmentExistsException">The name is taken by other bytes.</exception>
    ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>Writes fragments together; when it throws, any subset of them may have been written.</summary>
    /// <param name="fragments">1 or more; unchanged until the call completes.</param>
    /// <param name="cancellationToken">Looked at before the call begins.</param>
    /// <inheritdoc cref="WriteFragmentAsync" path="/exception"/>
    ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken);

    /// <summary>Reads a range of a fragment.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="offsetBytes">Where to begin; the range lies within the fragment.</param>
    /// <param name="destination">Filled to its end; its content is undefined when the call throws.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="FragmentNotFoundException">There is no such fragment.</exception>
    /// <exception cref="CorruptFragmentException">The bytes do not match their checksum, or cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the fragment.</exception>
    ValueTask ReadFragmentAsync(FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Deletes fragments. One that does not exist is no error.</summary>
    /// <param name="ids">Any number; unchanged until the call completes.</param>
    /// <param name="cancellationToken">Looked at before the call begins.</param>
    ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken);

    /// <summary>The length of a fragment in bytes, or <see langword="null"/> when the device has none of that name.</summary>
    ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken);

    /// <summary>Fragments in id order.</summary>
    /// <param name="after">Only greater names; <see langword="default"/> to begin with the first.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(FragmentId after, int limit, CancellationToken cancellationToken);

    /// <summary>Writes blocks together. A block of which the device has the same or a newer version stays as it is.</summary>
    /// <param name="extent">The extent; it exists from its first block or fence on.</param>
    /// <param name="blocks">1 or more, of any numbers; unchanged until the call completes.</param>
    /// <param name="cancellationToken">Looked at before the call begins.</param>
    /// <exception cref="FencedException">A version is of an epoch below the fence. None of the blocks was written, unless the fence came meanwhile.</exception>
    /// <exception cref="DeviceFullException">There is no room; any subset of the blocks may have been written.</exception>
    /// <exception cref="DeviceBusyException">Too many calls wait.</exception>
    ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken);

    /// <summary>Reads neighbouring blocks with their versions.</summary>
    /// <param name="extent">The extent; one that does not exist reads as never written.</param>
    /// <param name="firstBlock">Number of the first block.</param>
    /// <param name="destination">
    /// A multiple of <see cref="BlockSizeBytes"/>, filled to its end; zeros where a block was never written.
    /// </param>
    /// <param name="versions">As many as blocks; <see cref="BlockVersion.None"/> where a block was never written.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="CorruptFragmentException">The bytes do not match their checksum, or cannot be read.</exception>
    ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken);

    /// <summary>Extents in id order.</summary>
    /// <param name="after">Only greater names; <see langword="default"/> to begin with the first.</param>
    /// <param name="limit">At most this many, 1 or more.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken);

    /// <summary>The blocks of an extent in order, with their versions; empty when there is no such extent.</summary>
    ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken);

    /// <summary>Raises the lowest epoch that an extent accepts, durably. A lower one than it has already is no error and changes nothing.</summary>
    /// <returns>The fence that now holds.</returns>
    ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken);

    /// <summary>Deletes an extent: its blocks and its fence. One that does not exist is no error.</summary>
    ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken);
}
