using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Reads payloads from segments and verifies them.</summary>
internal sealed class RecordReader(HealthLog health, DeviceMeter meter, PlantedBug bug)
{
    /// <summary>Reads a range of a payload into its destination, and only what checksums ask for beyond it.</summary>
    /// <param name="file">The segment's file.</param>
    /// <param name="place">The record.</param>
    /// <param name="payloadOffset">Where its payload begins in the record.</param>
    /// <param name="payloadLength">Length of the whole payload.</param>
    /// <param name="expected">What the header has to say for the record to be the right one.</param>
    /// <param name="from">First byte wanted.</param>
    /// <param name="destination">Filled to its end.</param>
    /// <exception cref="CorruptFragmentException">The bytes do not match their checksum, or cannot be read.</exception>
    public ValueTask ReadAsync(
        ISegmentFile file,
        RecordPlace place,
        int payloadOffset,
        int payloadLength,
        in RecordHeader expected,
        int from,
        Memory<byte> destination)
    {
        var range = new VerifiedRange(payloadOffset, payloadLength, from, destination);
        try
        {
            ValueTask<int> read;
            if (range.FirstBlock > 0)
            {
                return ReadInTwoAsync(file, place, expected, range);
            }

            read = file.ReadAsync(place.OffsetBytes, range.BuffersWithHeader);
            if (!read.IsCompletedSuccessfully)
            {
                return AwaitAsync(read, place, expected, range);
            }

#pragma warning disable VSTHRD103 // It has completed.
            Verify(read.Result, range.BuffersWithHeader.LengthBytes, place, expected, range);
#pragma warning restore VSTHRD103
            range.Return();
            return ValueTask.CompletedTask;
        }
        catch
        {
            range.Return();
            throw;
        }
    }

    private async ValueTask AwaitAsync(ValueTask<int> read, RecordPlace place, RecordHeader expected, VerifiedRange range)
    {
        try
        {
            Verify(await ReadableAsync(read, place), range.BuffersWithHeader.LengthBytes, place, expected, range);
        }
        finally
        {
            range.Return();
        }
    }

    /// <summary>The range begins behind the first checksum block: header and checksums are read on their own.</summary>
    private async ValueTask ReadInTwoAsync(ISegmentFile file, RecordPlace place, RecordHeader expected, VerifiedRange range)
    {
        try
        {
            var count = await ReadableAsync(file.ReadAsync(place.OffsetBytes, new ReadBuffers(range.Header)), place);
            CheckLength(count, range.Header.Length, place);
            var position = place.OffsetBytes + range.Header.Length + ((long)range.FirstBlock * RecordHeader.ChecksumBlockBytes);
            count = await ReadableAsync(file.ReadAsync(position, range.Buffers), place);
            Verify(count, range.Buffers.LengthBytes, place, expected, range);
        }
        finally
        {
            range.Return();
        }
    }

    private async ValueTask<int> ReadableAsync(ValueTask<int> read, RecordPlace place)
    {
        try
        {
            return await read;
        }
        catch (IOException e) when (e is not DeviceException)
        {
            throw Corrupt(place, $"cannot be read: {e.Message}", e);
        }
    }

    private void Verify(int count, int wanted, RecordPlace place, in RecordHeader expected, in VerifiedRange range)
    {
        CheckLength(count, wanted, place);
        if (bug == PlantedBug.SkipVerification)
        {
            return;
        }

        var header = range.Header.Span;
        if (RecordHeader.Parse(header, out var found) != RecordParse.Good || !IsSame(found, expected))
        {
            throw Corrupt(place, "has a damaged header");
        }

        var buffers = range.Buffers;
        var bad = PayloadChecksums.FindBad(header, range.FirstBlock, buffers.Head.Span, buffers.Body.Span, buffers.Tail.Span);
        if (bad >= 0)
        {
            throw Corrupt(place, $"has a damaged checksum block {bad}");
        }

        meter.Read(buffers.Body.Length);
    }

    private static bool IsSame(in RecordHeader found, in RecordHeader expected) =>
        found.Kind == expected.Kind
        && found.IdHigh == expected.IdHigh
        && found.IdLow == expected.IdLow
        && found.Number == expected.Number
        && found.PayloadLength == expected.PayloadLength
        && found.Epoch == expected.Epoch
        && found.Sequence == expected.Sequence
        && (found.Kind != RecordKind.Block || found.BlockOrFloor == expected.BlockOrFloor);

    private void CheckLength(int count, int wanted, RecordPlace place)
    {
        if (count < wanted)
        {
            throw Corrupt(place, "ends before its length");
        }
    }

    private CorruptFragmentException Corrupt(RecordPlace place, string finding, Exception? inner = null)
    {
        var message = $"The record at {place.OffsetBytes} of {Segment.NameOf(place.Segment)} {finding}.";
        health.Corrupt(message);
        meter.Corrupt();
        return new CorruptFragmentException(message, inner);
    }
}
