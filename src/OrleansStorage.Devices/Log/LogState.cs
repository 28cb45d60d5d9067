using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <summary>The index of a device: a pure function of the records of its log, in their order.</summary>
/// <remarks>
/// Commits and recovery apply records through the same methods. Everything is guarded by <see cref="Gate"/>. That the order of
/// the log alone decides rests on two rules that the writer keeps: a copy of a fragment, which compaction makes,
/// never comes after the fragment's tombstone; and a tombstone is kept as long as a segment from its floor on exists.
/// </remarks>
internal sealed class LogState(DeviceIdentity identity, long segmentBytes)
{
    public Lock Gate { get; } = new();

    public DeviceIdentity Identity { get; } = identity;

    public long SegmentBytes { get; } = segmentBytes;

    public int SegmentsMax { get; } = (int)Math.Min(int.MaxValue, identity.CapacityBytes / segmentBytes);

    public SortedTable<FragmentId, FragmentPlace> Fragments { get; private set; } = new();

    public SortedTable<ExtentId, ExtentState> Extents { get; private set; } = new();

    public SortedDictionary<uint, Segment> Segments { get; } = [];

    /// <summary>Takes new records; <see langword="null"/> until the first one comes.</summary>
    public Segment? Active { get; set; }

    /// <summary>Ready to become active.</summary>
    public Segment? Spare { get; set; }

    public uint NextSegment { get; set; } = 1;

    public ulong NextLsn { get; set; } = 1;

    /// <summary>Every record up to this one is durable.</summary>
    public ulong DurableLsn { get; set; }

    /// <summary>Where the records begin that are not yet durable.</summary>
    public RecordPlace DurableEnd { get; set; }

    /// <summary>Segments of which records were copied elsewhere: a tombstone has to outlive them.</summary>
    public SortedSet<uint> Leaving { get; } = [];

    public long LiveBytes { get; private set; }

    public long Blocks { get; private set; }

    /// <summary>Segments that may still be made, the spare counted among them.</summary>
    public int FreeSegments => SegmentsMax - Segments.Count + (Spare is null ? 0 : 1);

    /// <summary>Begins with what a checkpoint had.</summary>
    public void Load(SortedTable<FragmentId, FragmentPlace> fragments, SortedTable<ExtentId, ExtentState> extents)
    {
        Fragments = fragments;
        Extents = extents;
        foreach (var (_, place) in fragments.All())
        {
            AddLive(place.Record.Segment, place.NetBytes);
        }

        foreach (var (_, extent) in extents.All())
        {
            foreach (var (_, place) in extent.Written())
            {
                AddLive(place.Record.Segment, BlockPlace.NetBytes);
                Blocks++;
            }

            if (extent.Fence > 0)
            {
                AddLive(extent.FencePlace.Segment, RecordHeader.SizeBytes);
            }
        }
    }

    public void Apply(in RecordHeader header, RecordPlace place)
    {
        switch (header.Kind)
        {
            case RecordKind.Fragment:
                ApplyFragment(header.FragmentId, new FragmentPlace(place, header.PayloadLength, (ushort)header.PayloadOffset));
                break;
            case RecordKind.FragmentTombstone:
                ApplyFragmentTombstone(header, place);
                break;
            case RecordKind.Block:
                ApplyBlock(header.ExtentId, header.BlockOrFloor, new BlockPlace(place, header.Version));
                break;
            case RecordKind.ExtentTombstone:
                ApplyExtentTombstone(header, place);
                break;
            case RecordKind.Fence:
                ApplyFence(header.ExtentId, header.Epoch, place);
                break;
            case RecordKind.Void:
                break;
            default:
                throw new InvalidOperationException($"A record of kind {header.Kind} has no meaning.");
        }
    }

    public void ApplyFragment(FragmentId id, FragmentPlace place)
    {
        ref var known = ref Fragments.Find(id);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref known))
        {
            Fragments.Set(id, place);
        }
        else
        {
            if (known.Record.Segment != place.Record.Segment)
            {
                Leaving.Add(known.Record.Segment);
            }

            AddLive(known.Record.Segment, -known.NetBytes);
            known = place;
        }

        AddLive(place.Record.Segment, place.NetBytes);
    }

    public void ApplyBlock(ExtentId id, uint block, BlockPlace place)
    {
        var extent = GetOrAddExtent(id);
        var known = extent[block];
        if (place.Version < known.Version)
        {
            extent.Floor = Math.Min(extent.Floor, place.Record.Segment);
            return;
        }

        if (known.IsWritten)
        {
            AddLive(known.Record.Segment, -BlockPlace.NetBytes);
        }
        else
        {
            Blocks++;
        }

        extent.Set(block, place);
        extent.Floor = Math.Min(extent.Floor, place.Record.Segment);
        AddLive(place.Record.Segment, BlockPlace.NetBytes);
    }

    public void ApplyFence(ExtentId id, ulong epoch, RecordPlace place)
    {
        var extent = GetOrAddExtent(id);
        if (epoch < extent.Fence)
        {
            return;
        }

        if (extent.Fence > 0)
        {
            AddLive(extent.FencePlace.Segment, -RecordHeader.SizeBytes);
        }

        extent.Fence = epoch;
        extent.PendingFence = Math.Max(extent.PendingFence, epoch);
        extent.FencePlace = place;
        extent.Floor = Math.Min(extent.Floor, place.Segment);
        AddLive(place.Segment, RecordHeader.SizeBytes);
    }

    public ExtentState GetOrAddExtent(ExtentId id)
    {
        if (!Extents.TryGet(id, out var extent))
        {
            extent = new ExtentState();
            Extents.Set(id, extent);
        }

        return extent;
    }

    /// <summary>Forgets an extent that turned out to have nothing.</summary>
    public void DropIfEmpty(ExtentId id)
    {
        if (Extents.TryGet(id, out var extent) && !extent.IsVisible && extent.InFlight == 0)
        {
            Extents.Remove(id);
        }
    }

    /// <summary>Whether a tombstone is needed by anything older than itself.</summary>
    public bool IsNeeded(uint tombstoneSegment, uint floor)
    {
        foreach (var id in Segments.Keys)
        {
            if (id >= tombstoneSegment)
            {
                return false;
            }

            if (id >= floor)
            {
                return true;
            }
        }

        return false;
    }

    private void ApplyFragmentTombstone(in RecordHeader header, RecordPlace place)
    {
        if (Fragments.TryGet(header.FragmentId, out var known))
        {
            AddLive(known.Record.Segment, -known.NetBytes);
            Fragments.Remove(header.FragmentId);
        }

        NoteTombstone(header, place);
    }

    private void ApplyExtentTombstone(in RecordHeader header, RecordPlace place)
    {
        if (Extents.TryGet(header.ExtentId, out var extent))
        {
            foreach (var (_, known) in extent.Written())
            {
                AddLive(known.Record.Segment, -BlockPlace.NetBytes);
                Blocks--;
            }

            if (extent.Fence > 0)
            {
                AddLive(extent.FencePlace.Segment, -RecordHeader.SizeBytes);
            }

            Extents.Remove(header.ExtentId);
        }

        NoteTombstone(header, place);
    }

    private void NoteTombstone(in RecordHeader header, RecordPlace place)
    {
        if (Segments.TryGetValue(place.Segment, out var segment))
        {
            segment.AddTombstone(header.BlockOrFloor, header.NetBytes);
        }
    }

    private void AddLive(uint segment, int bytes)
    {
        LiveBytes += bytes;

        // A segment that was lost with its file has no figures to keep.
        if (Segments.TryGetValue(segment, out var known))
        {
            known.LiveBytes += bytes;
        }
    }
}
