using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>64 bytes: VPSHUFB of AVX-512BW.</summary>
internal readonly unsafe struct ShuffleLanes512 : IGaloisLanes<Vector512<byte>>
{
    // The truth table of VPTERNLOG for a ^ b ^ c.
    private const byte ExclusiveOr3 = 0x96;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <inheritdoc/>
    public static int TableBytes => NibbleTable.Bytes;

    /// <inheritdoc/>
    public static void WriteTable(byte constant, Span<byte> table) =>
        NibbleTable.Write(constant, table);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* target, Vector512<byte> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LowTable(byte* table) => Avx512F.BroadcastVector128ToVector512((int*)table).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> HighTable(byte* table) =>
        Avx512F.BroadcastVector128ToVector512((int*)(table + NibbleTable.HalfBytes)).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Low(Vector512<byte> value) => value & Vector512.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> High(Vector512<byte> value) => (value.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> AddProduct(
        Vector512<byte> sum, Vector512<byte> lowTable, Vector512<byte> highTable, Vector512<byte> low, Vector512<byte> high) =>
        Avx512F.TernaryLogic(
            sum, Avx512BW.Shuffle(lowTable, low), Avx512BW.Shuffle(highTable, high), ExclusiveOr3);
}
