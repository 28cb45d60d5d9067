namespace OrleansStorage.Bench.Pools;

/// <summary>Random bytes that begin at a page, as the bodies of requests do.</summary>
internal static class AlignedPayload
{
    private const int PageBytes = 4096;

    public static unsafe Memory<byte> Create(int bytes)
    {
        var array = GC.AllocateUninitializedArray<byte>(bytes + PageBytes, pinned: true);
#pragma warning disable RS0030 // A fixed seed: every run writes the same bytes.
        new Random(1).NextBytes(array);
#pragma warning restore RS0030
        fixed (byte* first = array)
        {
            return array.AsMemory((int)((PageBytes - ((nuint)first % PageBytes)) % PageBytes), bytes);
        }
    }
}
