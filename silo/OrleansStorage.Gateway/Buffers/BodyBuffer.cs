using System.Runtime.InteropServices;

namespace OrleansStorage.Gateway.Buffers;

/// <summary>Memory that begins on a page and does not move: devices write it past the page cache without a copy.</summary>
internal sealed class BodyBuffer
{
    private const int AlignmentBytes = 4096;

    public BodyBuffer(int sizeBytes)
    {
        var array = GC.AllocateUninitializedArray<byte>(sizeBytes + AlignmentBytes, pinned: true);
        var address = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        Memory = array.AsMemory((int)((AlignmentBytes - (address % AlignmentBytes)) % AlignmentBytes), sizeBytes);
    }

    public Memory<byte> Memory { get; }
}
