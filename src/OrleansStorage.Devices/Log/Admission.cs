using System.Runtime.CompilerServices;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <summary>What is to be done with a record whose turn has come.</summary>
internal enum Verdict
{
    /// <summary>It goes into the log.</summary>
    Write,

    /// <summary>It changes nothing: it is done.</summary>
    Skip,

    /// <summary>A record on its way to the medium decides; look again when that one is durable.</summary>
    Wait,

    /// <summary>It may not be written.</summary>
    Refuse,
}

/// <summary>
/// Decides, when a record gets its place in the log, whether it belongs there; so that the order of the log alone tells
/// the truth. Guarded by <see cref="LogState.Gate"/>.
/// </summary>
internal sealed class Admission(LogState state, PlantedBug bug)
{
    private readonly HashSet<FragmentId> _busy = [];

    public Verdict Decide(LogRecord record, out Exception? refusal)
    {
        refusal = null;
        return (record.Header.Kind, record.Purpose) switch
        {
            (RecordKind.Fragment, RecordPurpose.Copy) => DecideFragmentCopy(record),
            (RecordKind.Fragment, _) => DecideFragment(record, out refusal),
            (RecordKind.FragmentTombstone, RecordPurpose.Copy) => DecideFragmentTombstoneCopy(record, out refusal),
            (RecordKind.FragmentTombstone, _) => DecideFragmentTombstone(record),
            (RecordKind.Block, RecordPurpose.Copy) => DecideBlockCopy(record),
            (RecordKind.Block, _) => DecideBlock(record, out refusal),
            (RecordKind.Fence, RecordPurpose.Copy) => DecideFenceCopy(record),
            (RecordKind.Fence, _) => DecideFence(record),
            (RecordKind.ExtentTombstone, RecordPurpose.Copy) => DecideExtentTombstoneCopy(record, out refusal),
            (RecordKind.ExtentTombstone, _) => DecideExtentTombstone(record),
            _ => throw new InvalidOperationException($"A record of kind {record.Header.Kind} is never queued."),
        };
    }

    /// <summary>The record has its place; until <see cref="Leave"/> it is on its way to the medium.</summary>
    public void Enter(LogRecord record)
    {
        switch (record.Header.Kind)
        {
            case RecordKind.Fragment or RecordKind.FragmentTombstone:
                _busy.Add(record.Header.FragmentId);
                break;
            case RecordKind.ExtentTombstone when record.Purpose == RecordPurpose.Delete:
                state.GetOrAddExtent(record.Header.ExtentId).IsDeleting = true;
                break;
            case RecordKind.Fence or RecordKind.Block:
                var extent = state.GetOrAddExtent(record.Header.ExtentId);
                extent.InFlight++;
                extent.Floor = Math.Min(extent.Floor, record.Place.Segment);
                if (record.Header.Kind == RecordKind.Fence)
                {
                    extent.PendingFence = Math.Max(extent.PendingFence, record.Header.Epoch);
                }

                break;
        }
    }

    /// <summary>The record is durable and applied, or failed.</summary>
    public void Leave(LogRecord record)
    {
        switch (record.Header.Kind)
        {
            case RecordKind.Fragment or RecordKind.FragmentTombstone:
                _busy.Remove(record.Header.FragmentId);
                break;
            case RecordKind.ExtentTombstone or RecordKind.Fence or RecordKind.Block:
                LeaveExtent(record);
                break;
        }
    }

    private void LeaveExtent(LogRecord record)
    {
        if (!state.Extents.TryGet(record.Header.ExtentId, out var extent))
        {
            return;
        }

        if (record.Header.Kind == RecordKind.ExtentTombstone)
        {
            extent.IsDeleting = false;
            return;
        }

        extent.InFlight--;
        if (extent.InFlight == 0)
        {
            extent.PendingFence = extent.Fence;
            state.DropIfEmpty(record.Header.ExtentId);
        }
    }

    private Verdict DecideFragment(LogRecord record, out Exception? refusal)
    {
        refusal = null;
        var id = record.Header.FragmentId;
        if (_busy.Contains(id))
        {
            return Verdict.Wait;
        }

        if (Unsafe.IsNullRef(ref state.Fragments.Find(id)))
        {
            return Verdict.Write;
        }

        refusal = new FragmentExistsException(id);
        return Verdict.Refuse;
    }

    private Verdict DecideFragmentCopy(LogRecord record)
    {
        if (_busy.Contains(record.Header.FragmentId))
        {
            return Verdict.Wait;
        }

        return state.Fragments.TryGet(record.Header.FragmentId, out var place) && place.Record == record.Source
            ? Verdict.Write
            : Verdict.Skip;
    }

    private Verdict DecideFragmentTombstone(LogRecord record)
    {
        if (_busy.Contains(record.Header.FragmentId))
        {
            return Verdict.Wait;
        }

        if (!state.Fragments.TryGet(record.Header.FragmentId, out var place))
        {
            return Verdict.Skip;
        }

        record.Header.BlockOrFloor = FloorOf(place.Record.Segment);
        return Verdict.Write;
    }

    private Verdict DecideFragmentTombstoneCopy(LogRecord record, out Exception? refusal)
    {
        refusal = null;
        if (_busy.Contains(record.Header.FragmentId))
        {
            return Verdict.Wait;
        }

        if (!IsStillNeeded(record))
        {
            return Verdict.Skip;
        }

        if (Unsafe.IsNullRef(ref state.Fragments.Find(record.Header.FragmentId)))
        {
            return Verdict.Write;
        }

        // The fragment was written again. A copy of the tombstone behind it would delete it.
        refusal = new PinnedRecordException();
        return Verdict.Refuse;
    }

    private Verdict DecideBlock(LogRecord record, out Exception? refusal)
    {
        refusal = null;
        if (!state.Extents.TryGet(record.Header.ExtentId, out var extent))
        {
            return Verdict.Write;
        }

        if (extent.IsDeleting)
        {
            return Verdict.Wait;
        }

        if (record.Header.Epoch < extent.PendingFence)
        {
            refusal = new FencedException(record.Header.ExtentId, record.Header.Epoch, extent.PendingFence);
            return Verdict.Refuse;
        }

        return record.Header.Version <= extent[record.Header.BlockOrFloor].Version ? Verdict.Skip : Verdict.Write;
    }

    private Verdict DecideBlockCopy(LogRecord record) =>
        state.Extents.TryGet(record.Header.ExtentId, out var extent)
        && !extent.IsDeleting
        && extent[record.Header.BlockOrFloor].Record == record.Source
            ? Verdict.Write
            : Verdict.Skip;

    private Verdict DecideFence(LogRecord record)
    {
        if (!state.Extents.TryGet(record.Header.ExtentId, out var extent))
        {
            return Verdict.Write;
        }

        if (extent.IsDeleting)
        {
            return Verdict.Wait;
        }

        if (record.Header.Epoch <= extent.Fence)
        {
            return Verdict.Skip;
        }

        return record.Header.Epoch <= extent.PendingFence ? Verdict.Wait : Verdict.Write;
    }

    private Verdict DecideFenceCopy(LogRecord record) =>
        state.Extents.TryGet(record.Header.ExtentId, out var extent)
        && !extent.IsDeleting
        && extent.Fence == record.Header.Epoch
        && extent.FencePlace == record.Source
            ? Verdict.Write
            : Verdict.Skip;

    private Verdict DecideExtentTombstone(LogRecord record)
    {
        if (!state.Extents.TryGet(record.Header.ExtentId, out var extent))
        {
            return Verdict.Skip;
        }

        if (extent.IsDeleting || extent.InFlight > 0)
        {
            return Verdict.Wait;
        }

        record.Header.BlockOrFloor = FloorOf(extent.Floor);
        return Verdict.Write;
    }

    private Verdict DecideExtentTombstoneCopy(LogRecord record, out Exception? refusal)
    {
        refusal = null;
        if (!IsStillNeeded(record))
        {
            return Verdict.Skip;
        }

        if (!state.Extents.TryGet(record.Header.ExtentId, out _))
        {
            return Verdict.Write;
        }

        refusal = new PinnedRecordException();
        return Verdict.Refuse;
    }

    private bool IsStillNeeded(LogRecord tombstone) =>
        bug != PlantedBug.DropTombstones && state.IsNeeded(tombstone.Source.Segment, tombstone.Header.BlockOrFloor);

    private uint FloorOf(uint segment) => state.Leaving.Count == 0 ? segment : Math.Min(segment, state.Leaving.Min);
}

/// <summary>A record cannot be moved, so its segment stays.</summary>
internal sealed class PinnedRecordException() : DeviceException("The record cannot be moved yet.");
