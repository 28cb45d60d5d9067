using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Server;

/// <summary>A request whose header and body were read and make sense; its payload may still be on the way.</summary>
internal sealed class ServerRequest
{
    public FrameHeader Header { get; private init; }

    /// <summary>The fragment; of a list, the one that it comes behind.</summary>
    public FragmentId Fragment { get; private set; }

    /// <summary>The extent; of a list, the one that it comes behind.</summary>
    public ExtentId Extent { get; private set; }

    /// <summary>Offset of a read in bytes, or its first block.</summary>
    public uint From { get; private set; }

    /// <summary>Length of a read in bytes or blocks, or the limit of a list.</summary>
    public int Count { get; private set; }

    /// <summary>The fence to raise.</summary>
    public ulong Epoch { get; private set; }

    public IReadOnlyList<FragmentId> Fragments { get; private set; } = [];

    /// <summary>Fragments to write; the offset of each in the payload is the sum of the lengths before.</summary>
    public IReadOnlyList<FragmentEntry> Writes { get; private set; } = [];

    public IReadOnlyList<BlockEntry> Blocks { get; private set; } = [];

    /// <summary>Bytes that the answer may bring.</summary>
    public int AnswerBytes { get; private set; }

    /// <summary>Bytes that it counts for while it is in flight.</summary>
    public long CreditBytes => Math.Max(Header.PayloadBytes, AnswerBytes);

    /// <summary>Decodes a body that may be anything.</summary>
    /// <exception cref="FrameException">It is not what its operation asks for.</exception>
    public static ServerRequest Parse(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        var request = new ServerRequest { Header = header };
        var reader = new BodyReader(body);
        var payload = request.Take(ref reader);
        reader.End();
        if (payload != header.PayloadBytes)
        {
            throw new FrameException($"{header.Operation} brings {header.PayloadBytes} bytes and not {payload}.");
        }

        return request;
    }

    /// <returns>Bytes of payload that the request must bring.</returns>
    private int Take(ref BodyReader reader)
    {
        switch (Header.Operation)
        {
            case Operation.Ping or Operation.Status or Operation.ListDevices:
                return 0;
            case Operation.RaiseEpoch when Header.Group != 0:
                return 0;
            case Operation.WriteFragments:
                return TakeWrites(ref reader);
            case Operation.ReadFragment:
                return TakeRead(ref reader);
            case Operation.DeleteFragments:
                Fragments = Lists.ReadFragmentIds(reader.Take(reader.Left));
                CheckCount(Fragments.Count, BodySizes.FragmentsMax);
                CheckGroup(Fragments);
                return 0;
            case Operation.FindFragment:
                Fragment = reader.FragmentId();
                CheckGroup([Fragment]);
                return 0;
            case Operation.ListFragments:
                Fragment = reader.FragmentId();
                TakeLimit(ref reader, BodySizes.FragmentEntry);
                return 0;
            default:
                return TakeExtent(ref reader);
        }
    }

    private int TakeExtent(ref BodyReader reader)
    {
        if (Header.Operation is not (>= Operation.WriteBlocks and <= Operation.DeleteExtent))
        {
            throw new FrameException($"{Header.Operation} is no request.");
        }

        Extent = reader.ExtentId();
        switch (Header.Operation)
        {
            case Operation.WriteBlocks:
                Blocks = Lists.ReadBlocks(reader.Take(reader.Left));
                CheckCount(Blocks.Count, BodySizes.BlocksMax);
                return Blocks.Count * IDevice.BlockSizeBytes;
            case Operation.ReadBlocks:
                From = reader.U32();
                Count = reader.I32();
                CheckRange(Count, BodySizes.BlocksMax);
                AnswerBytes = Count * IDevice.BlockSizeBytes;
                return 0;
            case Operation.ListExtents:
                TakeLimit(ref reader, BodySizes.ExtentEntry);
                return 0;
            case Operation.ListBlocks:
                AnswerBytes = IDevice.ExtentBlocksMax * BodySizes.BlockHead;
                return 0;
            case Operation.FenceExtent:
                Epoch = reader.U64();
                return 0;
            default:
                return 0;
        }
    }

    private int TakeWrites(ref BodyReader reader)
    {
        Writes = Lists.ReadFragments(reader.Take(reader.Left));
        CheckCount(Writes.Count, BodySizes.FragmentsMax);
        var sum = 0L;
        foreach (var write in Writes)
        {
            CheckGroup([write.Id]);
            CheckRange(write.SizeBytes, FragmentId.SizeMaxBytes);
            sum += write.SizeBytes;
        }

        CheckRange(sum, FrameHeader.PayloadBytesMax);
        return (int)sum;
    }

    private int TakeRead(ref BodyReader reader)
    {
        Fragment = reader.FragmentId();
        var from = reader.I32();
        Count = reader.I32();
        CheckGroup([Fragment]);
        CheckRange(from, int.MaxValue);
        CheckRange(Count, FragmentId.SizeMaxBytes);
        From = (uint)from;
        AnswerBytes = Count;
        return 0;
    }

    private void TakeLimit(ref BodyReader reader, int entryBytes)
    {
        Count = reader.I32();
        CheckCount(Count, BodySizes.ListEntriesMax);
        AnswerBytes = Count * entryBytes;
    }

    private void CheckGroup(IReadOnlyList<FragmentId> fragments)
    {
        foreach (var fragment in fragments)
        {
            if (fragment.Blob.Group != Header.Group)
            {
                throw new FrameException($"Fragment {fragment} is not of group {Header.Group}.");
            }
        }
    }

    private void CheckCount(int count, int max)
    {
        if (count < 1 || count > max)
        {
            throw new FrameException($"{Header.Operation} names {count} and not 1 to {max}.");
        }
    }

    private void CheckRange(long value, int max)
    {
        if (value < 0 || value > max)
        {
            throw new FrameException($"{Header.Operation} says {value} and not 0 to {max}.");
        }
    }
}
