using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>16 bytes: PSHUFB.</summary>
internal readonly unsafe struct ShuffleLanes128 : IGaloisLanes<Vector128<byte>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Ssse3.IsSupported;

    /// <inheritdoc/>
    public static int TableBytes => NibbleTable.Bytes;

    /// <inheritdoc/>
    public static void WriteTable(byte constant, Span<byte> table) =>
        NibbleTable.Write(constant, table);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* source) => Vector128.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* target, Vector128<byte> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LowTable(byte* table) => Vector128.Load(table);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> HighTable(byte* table) => Vector128.Load(table + NibbleTable.HalfBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Low(Vector128<byte> value) => value & Vector128.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> High(Vector128<byte> value) => (value.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)0x0F);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> AddProduct(
        Vector128<byte> sum, Vector128<byte> lowTable, Vector128<byte> highTable, Vector128<byte> low, Vector128<byte> high) =>
        sum ^ Ssse3.Shuffle(lowTable, low) ^ Ssse3.Shuffle(highTable, high);
}
