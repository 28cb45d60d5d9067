using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>Makes, opens and removes segment files.</summary>
internal sealed class SegmentStore(IFileLayer layer, LogState state)
{
    /// <summary>Makes an empty segment, durably.</summary>
    public async ValueTask<Segment> CreateAsync(uint id)
    {
        var name = Segment.NameOf(id);
        var file = await layer.CreateAsync(name, state.SegmentBytes);
        try
        {
            var header = new byte[SegmentHeader.SizeBytes];
            new SegmentHeader(state.Identity.Id, id).WriteTo(header);
            await file.WriteAsync(0, header);
            await file.SyncAsync();
            await layer.SyncDirectoryAsync();
            return new Segment(id, file);
        }
        catch
        {
            file.Dispose();
            await layer.DeleteAsync(name);
            throw;
        }
    }

    /// <summary>Removes segments with nothing live. They count until that is durable, because tombstones wait for it.</summary>
    public async ValueTask RemoveAsync(IReadOnlyList<Segment> segments)
    {
        foreach (var segment in segments)
        {
            await layer.DeleteAsync(segment.Name);
        }

        await layer.SyncDirectoryAsync();
        foreach (var segment in segments)
        {
            bool close;
            lock (state.Gate)
            {
                state.Segments.Remove(segment.Id);
                state.Leaving.Remove(segment.Id);
                close = segment.Remove();
            }

            if (close)
            {
                segment.File.Dispose();
            }
        }
    }

    /// <summary>Finds a segment and keeps its file open until <see cref="EndRead"/>.</summary>
    public Segment? BeginRead(uint id)
    {
        lock (state.Gate)
        {
            if (!state.Segments.TryGetValue(id, out var segment))
            {
                return null;
            }

            segment.BeginRead();
            return segment;
        }
    }

    public void EndRead(Segment segment)
    {
        bool close;
        lock (state.Gate)
        {
            close = segment.EndRead();
        }

        if (close)
        {
            segment.File.Dispose();
        }
    }
}
