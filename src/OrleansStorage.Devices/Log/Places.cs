using System.Runtime.InteropServices;
using OrleansStorage.Devices.Extents;

namespace OrleansStorage.Devices.Log;

/// <summary>Where a record begins.</summary>
/// <param name="Segment">Its segment.</param>
/// <param name="Units">Its offset in the segment, in units of <see cref="RecordHeader.AlignmentBytes"/>.</param>
internal readonly record struct RecordPlace(uint Segment, uint Units)
{
    public RecordPlace(uint segment, long offsetBytes)
        : this(segment, (uint)(offsetBytes / RecordHeader.AlignmentBytes))
    {
    }

    public long OffsetBytes => (long)Units * RecordHeader.AlignmentBytes;
}

/// <summary>Where a fragment is: 16 bytes of memory, beside 24 of its name.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct FragmentPlace(RecordPlace Record, int LengthBytes, ushort PayloadOffset)
{
    public int NetBytes => RecordHeader.Align(PayloadOffset + LengthBytes, RecordHeader.AlignmentBytes);
}

/// <summary>Where a block is, and which version of it.</summary>
internal readonly record struct BlockPlace(RecordPlace Record, BlockVersion Version)
{
    public static readonly int PayloadOffset = RecordHeader.PayloadOffsetAt(0, IDevice.BlockSizeBytes);
    public static readonly int NetBytes = PayloadOffset + IDevice.BlockSizeBytes;

    public bool IsWritten => Version != BlockVersion.None;
}
