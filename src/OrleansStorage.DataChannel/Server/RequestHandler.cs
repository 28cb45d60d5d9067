using System.Buffers;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Server;

/// <summary>Does what a request asks of a device.</summary>
internal static class RequestHandler
{
    /// <summary>Runs a request whose whole frame was verified. Never throws.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="payload">Its payload; not used any more when the call has completed.</param>
    /// <param name="served">The device; <see langword="null"/> when there is no such one.</param>
    /// <param name="cancellationToken">Ends what changes nothing.</param>
    public static async ValueTask<Reply> RunAsync(
        ServerRequest request, ReadOnlyMemory<byte> payload, ServedDevice? served, CancellationToken cancellationToken)
    {
        try
        {
            if (served is null)
            {
                throw new DeviceUnreachableException($"Device {request.Header.Device} is not served here.");
            }

            var (group, epoch) = (request.Header.Group, request.Header.Epoch);
            if (request.Header.Operation == Operation.RaiseEpoch)
            {
                return new Reply(AnswerStatus.Done, []) { Epoch = await served.Guard.RaiseAsync(group, epoch) };
            }

            using var lease = group == 0 ? default : await served.Guard.EnterAsync(group, epoch);
            return await RunAsync(served.Device, request, payload, cancellationToken);
        }
        catch (Exception e)
        {
            return Reply.Error(e);
        }
    }

    private static async ValueTask<Reply> RunAsync(
        IDevice device, ServerRequest request, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        switch (request.Header.Operation)
        {
            case Operation.Status:
                return Reply.List(HealthReport.Write(device.Health));
            case Operation.WriteFragments:
                await WriteFragmentsAsync(device, request, payload);
                return Reply.Done();
            case Operation.ReadFragment:
                return await ReadFragmentAsync(device, request, cancellationToken);
            case Operation.DeleteFragments:
                await device.DeleteFragmentsAsync(request.Fragments, CancellationToken.None);
                return Reply.Done();
            case Operation.FindFragment:
                return Number(await device.FindFragmentAsync(request.Fragment, cancellationToken) ?? -1);
            case Operation.ListFragments:
                return Reply.List(Lists.Write(await device.ListFragmentsAsync(request.Fragment, request.Count, cancellationToken)));
            default:
                return await RunExtentAsync(device, request, payload, cancellationToken);
        }
    }

    private static async ValueTask<Reply> RunExtentAsync(
        IDevice device, ServerRequest request, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        switch (request.Header.Operation)
        {
            case Operation.WriteBlocks:
                await device.WriteBlocksAsync(request.Extent, BlocksOf(request, payload), CancellationToken.None);
                return Reply.Done();
            case Operation.ReadBlocks:
                return await ReadBlocksAsync(device, request, cancellationToken);
            case Operation.ListExtents:
                return Reply.List(Lists.Write(await device.ListExtentsAsync(request.Extent, request.Count, cancellationToken)));
            case Operation.ListBlocks:
                return Reply.List(Lists.Write(await device.ListBlocksAsync(request.Extent, cancellationToken)));
            case Operation.FenceExtent:
                return Fence(await device.FenceExtentAsync(request.Extent, request.Epoch, CancellationToken.None));
            case Operation.DeleteExtent:
                await device.DeleteExtentAsync(request.Extent, CancellationToken.None);
                return Reply.Done();
            default:
                throw new InvalidOperationException($"{request.Header.Operation} is not for a device.");
        }
    }

    private static ValueTask WriteFragmentsAsync(IDevice device, ServerRequest request, ReadOnlyMemory<byte> payload)
    {
        if (request.Writes.Count == 1)
        {
            return device.WriteFragmentAsync(request.Writes[0].Id, payload, CancellationToken.None);
        }

        var writes = new FragmentWrite[request.Writes.Count];
        for (var i = 0; i < writes.Length; i++)
        {
            var (id, length) = request.Writes[i];
            writes[i] = new FragmentWrite(id, payload[..length]);
            payload = payload[length..];
        }

        return device.WriteFragmentsAsync(writes, CancellationToken.None);
    }

    private static BlockWrite[] BlocksOf(ServerRequest request, ReadOnlyMemory<byte> payload)
    {
        var blocks = new BlockWrite[request.Blocks.Count];
        for (var i = 0; i < blocks.Length; i++)
        {
            var bytes = payload.Slice(i * IDevice.BlockSizeBytes, IDevice.BlockSizeBytes);
            blocks[i] = new BlockWrite(request.Blocks[i].Number, request.Blocks[i].Version, bytes);
        }

        return blocks;
    }

    private static async ValueTask<Reply> ReadFragmentAsync(IDevice device, ServerRequest request, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(request.Count);
        try
        {
            await device.ReadFragmentAsync(
                request.Fragment, (int)request.From, buffer.AsMemory(0, request.Count), cancellationToken);
            return Reply.Read(buffer, request.Count);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static async ValueTask<Reply> ReadBlocksAsync(IDevice device, ServerRequest request, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(request.AnswerBytes);
        try
        {
            var versions = new BlockVersion[request.Count];
            await device.ReadBlocksAsync(
                request.Extent, request.From, buffer.AsMemory(0, request.AnswerBytes), versions, cancellationToken);
            return Reply.Read(buffer, request.AnswerBytes, Encode(versions));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static byte[] Encode(BlockVersion[] versions)
    {
        var body = new byte[versions.Length * BodySizes.BlockVersion];
        var writer = new BodyWriter(body);
        foreach (var version in versions)
        {
            writer.Version(version);
        }

        return body;
    }

    private static Reply Number(int value)
    {
        var body = new byte[4];
        new BodyWriter(body).I32(value);
        return Reply.Done(body);
    }

    private static Reply Fence(ulong value)
    {
        var body = new byte[8];
        new BodyWriter(body).U64(value);
        return Reply.Done(body);
    }
}
