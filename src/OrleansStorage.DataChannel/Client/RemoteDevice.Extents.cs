using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;

namespace OrleansStorage.DataChannel.Client;

/// <content>Extents.</content>
public sealed partial class RemoteDevice
{
    /// <inheritdoc/>
    /// <remarks>More than 4,096 blocks travel as several requests, one after the other, oldest epoch first.</remarks>
    public async ValueTask WriteBlocksAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(blocks.Count);
        foreach (var block in blocks)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(block.Payload.Length, IDevice.BlockSizeBytes, nameof(blocks));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(block.Number, (uint)IDevice.ExtentBlocksMax, nameof(blocks));
            ArgumentOutOfRangeException.ThrowIfZero(block.Version.Epoch, nameof(blocks));
        }

        foreach (var part in RequestSplitter.Split(blocks))
        {
            await WriteAsync(extent, part, cancellationToken);
            cancellationToken = CancellationToken.None;
        }
    }

    /// <inheritdoc/>
    /// <remarks>More than 4,096 blocks travel as several requests, one after the other.</remarks>
    public async ValueTask ReadBlocksAsync(
        ExtentId extent,
        uint firstBlock,
        Memory<byte> destination,
        Memory<BlockVersion> versions,
        CancellationToken cancellationToken)
    {
        var count = destination.Length / IDevice.BlockSizeBytes;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length % IDevice.BlockSizeBytes, 0, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNotEqual(versions.Length, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBlock + (long)count, IDevice.ExtentBlocksMax, nameof(firstBlock));
        var done = 0;
        do
        {
            var part = Math.Min(BodySizes.BlocksMax, count - done);
            await ReadAsync(
                extent,
                firstBlock + (uint)done,
                destination.Slice(done * IDevice.BlockSizeBytes, part * IDevice.BlockSizeBytes),
                versions.Slice(done, part),
                cancellationToken);
            done += part;
        }
        while (done < count);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ExtentEntry>> ListExtentsAsync(ExtentId after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        List<ExtentEntry> found = [];
        while (true)
        {
            var wanted = Math.Min(limit - found.Count, BodySizes.ListEntriesMax);
            var body = new byte[BodySizes.ExtentId + 4];
            var writer = new BodyWriter(body);
            writer.ExtentId(found.Count == 0 ? after : found[^1].Id);
            writer.I32(wanted);
            var answer = await CallAsync(Parts(Operation.ListExtents, 0, body), default, cancellationToken);
            var page = Decode(answer, static answer => Lists.ReadExtents(answer.List.Span));
            found.AddRange(page);
            if (page.Length < wanted || found.Count >= limit)
            {
                return found;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlockEntry>> ListBlocksAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.ExtentId];
        new BodyWriter(body).ExtentId(extent);
        var answer = await CallAsync(Parts(Operation.ListBlocks, GroupOf(extent), body), default, cancellationToken);
        return Decode(answer, static answer => Lists.ReadBlocks(answer.List.Span));
    }

    /// <inheritdoc/>
    public async ValueTask<ulong> FenceExtentAsync(ExtentId extent, ulong epoch, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.ExtentId + 8];
        var writer = new BodyWriter(body);
        writer.ExtentId(extent);
        writer.U64(epoch);
        var answer = await CallAsync(Parts(Operation.FenceExtent, GroupOf(extent), body), default, cancellationToken);
        return Decode(answer, static answer => new BodyReader(answer.Body.Span).U64());
    }

    /// <inheritdoc/>
    public async ValueTask DeleteExtentAsync(ExtentId extent, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.ExtentId];
        new BodyWriter(body).ExtentId(extent);
        await CallAsync(Parts(Operation.DeleteExtent, GroupOf(extent), body), default, cancellationToken);
    }

    private static void Describe(ExtentId extent, IReadOnlyList<BlockWrite> blocks, byte[] body, ReadOnlyMemory<byte>[] payload)
    {
        var writer = new BodyWriter(body);
        writer.ExtentId(extent);
        for (var i = 0; i < payload.Length; i++)
        {
            writer.U32(blocks[i].Number);
            writer.Version(blocks[i].Version);
            payload[i] = blocks[i].Payload;
        }
    }

    private async ValueTask WriteAsync(ExtentId extent, IReadOnlyList<BlockWrite> blocks, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.ExtentId + (blocks.Count * BodySizes.BlockHead)];
        var payload = new ReadOnlyMemory<byte>[blocks.Count];
        Describe(extent, blocks, body, payload);
        var subject = new CallSubject(extent, blocks.Min(block => block.Version.Epoch));
        var parts = Parts(Operation.WriteBlocks, GroupOf(extent), body) with { Payload = payload };
        await CallAsync(parts, subject, cancellationToken);
    }

    private async ValueTask ReadAsync(
        ExtentId extent, uint firstBlock, Memory<byte> destination, Memory<BlockVersion> versions, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.ExtentId + 8];
        var writer = new BodyWriter(body);
        writer.ExtentId(extent);
        writer.U32(firstBlock);
        writer.I32(versions.Length);
        var parts = Parts(Operation.ReadBlocks, GroupOf(extent), body) with { Destination = destination };
        var answer = await CallAsync(parts, default, cancellationToken);
        Decode(answer, answer => ReadVersions(answer.Body.Span, versions.Span));
    }

    private static int ReadVersions(ReadOnlySpan<byte> body, Span<BlockVersion> versions)
    {
        var reader = new BodyReader(body);
        foreach (ref var version in versions)
        {
            version = reader.Version();
        }

        reader.End();
        return versions.Length;
    }

    private uint GroupOf(ExtentId extent) => _epochs?.GroupOf(extent) ?? 0;
}
