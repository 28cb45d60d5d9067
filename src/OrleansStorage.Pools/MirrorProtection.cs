using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools;

/// <summary><c>Mirror(k)</c>: every device of the group has the whole blob, as the fragment of its slot.</summary>
public sealed class MirrorProtection : IBlobProtection
{
    private readonly FragmentAccess _access;
    private readonly Copies _copies;

    /// <summary>Mirrors over the devices of a group. Reads are not hedged.</summary>
    /// <param name="copies">Number of copies, 1 to 255.</param>
    /// <param name="members">Their devices.</param>
    public MirrorProtection(int copies, PoolMembers members)
        : this(copies, members, ProtectionOptions.NotHedged)
    {
    }

    /// <summary>Mirrors over the devices of a group.</summary>
    /// <param name="copies">Number of copies, 1 to 255.</param>
    /// <param name="members">Their devices.</param>
    /// <param name="options">How it reads.</param>
    public MirrorProtection(int copies, PoolMembers members, ProtectionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(copies, byte.MaxValue);
        Slots = copies;
        _access = new FragmentAccess(members, options);
        _copies = new Copies(_access, Slots, Slots);
    }

    /// <inheritdoc/>
    public int Slots { get; }

    /// <inheritdoc/>
    public int LossesMax => Slots - 1;

    internal PageBuffers Buffers => _access.Buffers;

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
    public ValueTask<IReadOnlyList<SlotFailure>> WriteAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload) =>
        _copies.WriteAsync(group, blob, payload);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int>> ReadAsync(
        StripeGroup group, BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken) =>
        _copies.ReadAsync(group, blob, offsetBytes, destination, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(
        StripeGroup group, BlobId blob, IReadOnlyList<int> slots, CancellationToken cancellationToken) =>
        _copies.RepairAsync(group, blob, slots, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(StripeGroup group, IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken) =>
        _access.DeleteAsync(group, blobs, this, cancellationToken);
}
