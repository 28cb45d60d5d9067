using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>Frames that are nearly right.</summary>
internal static class Fuzz
{
    public static byte[] Frame(Random random, Guid device)
    {
        var operation = (Operation)random.Next(1, 18);
        var (body, payload) = Body(random, operation);
        var header = new FrameHeader
        {
            Operation = operation,
            RequestId = (ulong)random.Next(),
            Device = random.Next(8) == 0 ? default : device,
            Group = random.Next(16) == 0 ? 2u : 1u,
            BodyBytes = body.Length,
            PayloadBytes = payload.Length,
        };
        switch (random.Next(8))
        {
            case 0:
                header.BodyBytes = random.Next(16) == 0 ? random.Next() : random.Next(200);
                break;
            case 1:
                header.PayloadBytes = random.Next(16) == 0 ? random.Next() : random.Next(5_000);
                break;
            case 2 when body.Length > 0:
                body[random.Next(body.Length)] = (byte)random.Next(256);
                break;
            case 3:
                body = body[..random.Next(body.Length + 1)];
                header.BodyBytes = body.Length;
                break;
        }

        var frame = RawPeer.Frame(header, body, payload);
        if (random.Next(16) == 0)
        {
            frame[random.Next(frame.Length)] ^= (byte)(1 << random.Next(8));
        }

        return frame;
    }

    private static (byte[] Body, byte[] Payload) Body(Random random, Operation operation)
    {
        var id = Samples.Id(random.Next(1, 20));
        var length = random.Next(1, 600);
        switch (operation)
        {
            case Operation.WriteFragments:
                return (Lists.Write([new FragmentEntry(id, length)]), new byte[length]);
            case Operation.DeleteFragments:
                return (Lists.Write([id]), []);
            case Operation.WriteBlocks:
                var block = Lists.Write([new BlockEntry((uint)random.Next(8), new BlockVersion(1, (ulong)random.Next(100)))]);
                return ([.. new byte[BodySizes.ExtentId], .. block], new byte[IDevice.BlockSizeBytes]);
            default:
                var body = new byte[operation switch
                {
                    Operation.ReadFragment => BodySizes.FragmentId + 8,
                    Operation.FindFragment => BodySizes.FragmentId,
                    Operation.ListFragments => BodySizes.FragmentId + 4,
                    Operation.ReadBlocks or Operation.FenceExtent => BodySizes.ExtentId + 8,
                    Operation.ListExtents => BodySizes.ExtentId + 4,
                    Operation.ListBlocks or Operation.DeleteExtent => BodySizes.ExtentId,
                    _ => 0,
                }];
                if (body.Length is BodySizes.FragmentId or BodySizes.FragmentId + 4 or BodySizes.FragmentId + 8)
                {
                    new BodyWriter(body).FragmentId(id);
                }

                if (body.Length > 0)
                {
                    body[^4] = (byte)random.Next(1, 100);
                }

                return (body, []);
        }
    }
}
