using System.Buffers;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <summary>Reads everything that the index points to, and reports what is damaged.</summary>
internal sealed class Scrubber(
    LogState state, SegmentStore segments, RecordReader reader, DeviceMeter meter, Action<BadRecord>? onBadRecord)
{
    private const int PageMax = 256;

    /// <returns>Number of damaged records.</returns>
    public async ValueTask<long> RunAsync(Throttle throttle, CancellationToken cancellationToken) =>
        await ScrubFragmentsAsync(throttle, cancellationToken) + await ScrubExtentsAsync(throttle, cancellationToken);

    private async ValueTask<long> ScrubFragmentsAsync(Throttle throttle, CancellationToken cancellationToken)
    {
        var bad = 0L;
        var page = new List<KeyValuePair<FragmentId, FragmentPlace>>();
        for (FragmentId after = default; ; after = page[^1].Key)
        {
            page.Clear();
            lock (state.Gate)
            {
                state.Fragments.CopyAfter(after, PageMax, page);
            }

            if (page.Count == 0)
            {
                return bad;
            }

            foreach (var (id, place) in page)
            {
                var expected = new RecordHeader { Kind = RecordKind.Fragment, PayloadLength = place.LengthBytes };
                expected.SetFragment(id);
                var finding = await CheckAsync(place.Record, place.PayloadOffset, expected, throttle, cancellationToken);
                if (finding is not null && IsStill(id, place))
                {
                    bad++;
                    onBadRecord?.Invoke(new BadRecord(id, null, 0, finding));
                }
            }
        }
    }

    private async ValueTask<long> ScrubExtentsAsync(Throttle throttle, CancellationToken cancellationToken)
    {
        var bad = 0L;
        var page = new List<KeyValuePair<ExtentId, ExtentState>>();
        for (ExtentId after = default; ; after = page[^1].Key)
        {
            page.Clear();
            List<KeyValuePair<uint, BlockPlace>> blocks;
            lock (state.Gate)
            {
                state.Extents.CopyAfter(after, 1, page);
                blocks = page.Count == 0 ? [] : [.. page[0].Value.Written()];
            }

            if (page.Count == 0)
            {
                return bad;
            }

            var id = page[0].Key;
            foreach (var (number, place) in blocks)
            {
                var expected = LogDevice.ExpectedBlock(id, number, place.Version);
                var finding = await CheckAsync(place.Record, BlockPlace.PayloadOffset, expected, throttle, cancellationToken);
                if (finding is not null && IsStill(id, number, place))
                {
                    bad++;
                    onBadRecord?.Invoke(new BadRecord(null, id, number, finding));
                }
            }
        }
    }

    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    private async ValueTask<string?> CheckAsync(
        RecordPlace place, int payloadOffset, RecordHeader expected, Throttle throttle, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await throttle.SpendAsync(payloadOffset + expected.PayloadLength);
        if (segments.BeginRead(place.Segment) is not { } segment)
        {
            return $"{Segment.NameOf(place.Segment)} is gone.";
        }

        var buffer = ArrayPool<byte>.Shared.Rent(expected.PayloadLength);
        try
        {
            await reader.ReadAsync(
                segment.File,
                place,
                payloadOffset,
                expected.PayloadLength,
                expected,
                0,
                buffer.AsMemory(0, expected.PayloadLength));
            meter.Scrubbed(payloadOffset + expected.PayloadLength);
            return null;
        }
        catch (CorruptFragmentException e)
        {
            return e.Message;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            segments.EndRead(segment);
        }
    }

    /// <summary>Whether it was not moved, replaced or deleted meanwhile.</summary>
    private bool IsStill(FragmentId id, FragmentPlace place)
    {
        lock (state.Gate)
        {
            return state.Fragments.TryGet(id, out var now) && now == place;
        }
    }

    private bool IsStill(ExtentId id, uint number, BlockPlace place)
    {
        lock (state.Gate)
        {
            return state.Extents.TryGet(id, out var extent) && extent[number] == place;
        }
    }
}
