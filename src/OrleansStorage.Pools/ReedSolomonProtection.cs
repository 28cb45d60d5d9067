using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Erasure;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools;

/// <summary>
/// <c>ReedSolomon(n, m)</c>: a blob is n data fragments, which are slices of it, and m parity fragments, one in each slot; any n of them
/// give it back. Small blobs are m + 1 copies instead, which survive as much.
/// </summary>
/// <remarks>
/// <code>
/// slot       0 … n - 1            n … n + m - 1
/// striped    slices of the blob   parity            each F bytes; zeros after the end of the blob
/// small      (number + i) mod (n + m), i = 0 … m    each the whole blob
/// </code>
/// <para>
/// F is the n-th part, rounded up to 64 bytes; from 64 KiB on, to 4096, so that the slices of a blob that begins at a page do so too, and
/// devices write them past the page cache as they are. The id names F, and not the length of the blob: a reader may read the zeros
/// behind its end.
/// </para>
/// <para>
/// Striped or small? Striped is good for large blobs: (n + m) / n of their bytes are stored, and n devices read at a time. It is bad for
/// small ones: each device begins a commit at a page, so a fragment of less costs a page all the same, and every blob n + m writes and n
/// reads instead of m + 1 and 1. We decide by that page: less than n × 4096 bytes are copied.
/// </para>
/// <para>For any number of threads. Buffers of the caller's are not used after a call has ended.</para>
/// </remarks>
public sealed class ReedSolomonProtection : IBlobProtection
{
    private const int PageBytes = 4096;
    private const int PageAlignedFromBytes = 64 << 10;

    private readonly FragmentAccess _access;
    private readonly ReedSolomonCodec _codec;
    private readonly Copies _copies;

    /// <summary>Protects blobs over the devices of a group.</summary>
    /// <param name="dataFragments">n, 1 or more.</param>
    /// <param name="parityFragments">m, 1 or more; n + m is 255 at most.</param>
    /// <param name="members">The devices.</param>
    /// <param name="options">How it reads.</param>
    public ReedSolomonProtection(int dataFragments, int parityFragments, PoolMembers members, ProtectionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parityFragments, 1);
        _codec = new ReedSolomonCodec(dataFragments, parityFragments);
        _access = new FragmentAccess(members, options);
        _copies = new Copies(_access, Slots, parityFragments + 1);
    }

    /// <inheritdoc/>
    public int Slots => _codec.FragmentCount;

    /// <inheritdoc/>
    public int LossesMax => _codec.ParityCount;

    internal PageBuffers Buffers => _access.Buffers;

    /// <inheritdoc/>
    public int FragmentBytes(int blobBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blobBytes, 1);
        if (blobBytes < _codec.DataCount * PageBytes)
        {
            return blobBytes;
        }

        var share = (blobBytes + _codec.DataCount - 1) / _codec.DataCount;
        return RoundUp(share, share >= PageAlignedFromBytes ? PageBytes : BlobForm.FragmentUnitBytes);
    }

    /// <inheritdoc/>
    public BlobForm FormOf(int blobBytes, ulong number) =>
        new(blobBytes < _codec.DataCount * PageBytes ? 0 : FragmentBytes(blobBytes), number);

    /// <inheritdoc/>
    public bool Holds(BlobId blob, int slot) => BlobForm.Of(blob).IsStriped || _copies.Holds(blob, slot);

    /// <inheritdoc/>
    public int FragmentsNeeded(BlobId blob) => BlobForm.Of(blob).IsStriped ? _codec.DataCount : 1;

    /// <inheritdoc/>
    public int BlobBytes(FragmentEntry fragment) =>
        BlobForm.Of(fragment.Id.Blob) is { IsStriped: true } form ? LengthOf(form) : fragment.SizeBytes;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SlotFailure>> WriteAsync(StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload) =>
        BlobForm.Of(blob) is { IsStriped: true } form
            ? WriteStripedAsync(group, blob, payload, form.FragmentBytes)
            : _copies.WriteAsync(group, blob, payload);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int>> ReadAsync(
        StripeGroup group, BlobId blob, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var form = BlobForm.Of(blob);
        if (!form.IsStriped)
        {
            return _copies.ReadAsync(group, blob, offsetBytes, destination, cancellationToken);
        }

        var ranges = new FragmentLayout(LengthOf(form), _codec.DataCount).Locate(offsetBytes, destination.Length);
        var call = new BlobCall(_access, group, blob, Slots, cancellationToken);
        return new StripedRead(call, _codec, ranges, destination).RunAsync();
    }

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(
        StripeGroup group, BlobId blob, IReadOnlyList<int> slots, CancellationToken cancellationToken)
    {
        var form = BlobForm.Of(blob);
        if (!form.IsStriped)
        {
            return _copies.RepairAsync(group, blob, slots, cancellationToken);
        }

        var call = new BlobCall(_access, group, blob, Slots, cancellationToken);
        return new StripedRepair(call, _codec, [.. slots.Distinct()], form.FragmentBytes).RunAsync();
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(StripeGroup group, IReadOnlyList<BlobId> blobs, CancellationToken cancellationToken) =>
        _access.DeleteAsync(group, blobs, this, cancellationToken);

    private static int RoundUp(int bytes, int unit) => (bytes + unit - 1) / unit * unit;

    private int LengthOf(BlobForm form) => _codec.DataCount * form.FragmentBytes;

    private async ValueTask<IReadOnlyList<SlotFailure>> WriteStripedAsync(
        StripeGroup group, BlobId blob, ReadOnlyMemory<byte> payload, int fragmentBytes)
    {
        using var stripe = new StripeBuffers(_access.Buffers, _codec, payload, fragmentBytes);
        var writes = new List<Task<SlotFailure?>>(Slots);
        try
        {
            // The data is on its way while the parity is computed.
            for (var slot = 0; slot < Slots; slot++)
            {
                writes.Add(_access.WriteAsync(group, blob, slot, stripe.Fragment(slot)));
            }
        }
        finally
        {
            // Whatever happened: nobody reads the payload or the parity after this.
            await Task.WhenAny(Task.WhenAll(writes));
        }

        return FragmentAccess.Failures(await Task.WhenAll(writes));
    }
}
