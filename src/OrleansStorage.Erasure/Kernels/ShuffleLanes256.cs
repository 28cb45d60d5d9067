using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>32 bytes: VPSHUFB of AVX2.</summary>
internal readonly unsafe struct ShuffleLanes256 : IGaloisLanes<Vector256<byte>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported;

    /// <inheritdoc/>
    public static int TableBytes => NibbleTable.Bytes;

    /// <inheritdoc/>
    public static void WriteTable(byte constant, Span<byte> table) =>
        NibbleTable.Write(constant, table);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(byte* source) => Vector256.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* target, Vector256<byte> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LowTable(byte* table) => Avx2.BroadcastVector128ToVector256(table);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> HighTable(byte* table) => Avx2.BroadcastVector128ToVector256(table + NibbleTable.HalfBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Low(Vector256<byte> value) => value & Vector256.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> High(Vector256<byte> value) => (value.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> AddProduct(
        Vector256<byte> sum, Vector256<byte> lowTable, Vector256<byte> highTable, Vector256<byte> low, Vector256<byte> high) =>
        sum ^ Avx2.Shuffle(lowTable, low) ^ Avx2.Shuffle(highTable, high);
}
