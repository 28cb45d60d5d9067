using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OrleansStorage.Erasure.Galois;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>32 bytes: VGF2P8AFFINEQB of GFNI with AVX.</summary>
internal readonly unsafe struct AffineLanes256 : IGaloisLanes<Vector256<byte>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Gfni.V256.IsSupported;

    /// <inheritdoc/>
    public static int TableBytes => sizeof(ulong);

    /// <inheritdoc/>
    public static void WriteTable(byte constant, Span<byte> table) =>
        BinaryPrimitives.WriteUInt64LittleEndian(table, GaloisField.BitMatrix(constant));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(byte* source) => Vector256.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* target, Vector256<byte> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LowTable(byte* table) => Vector256.Create(*(ulong*)table).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> HighTable(byte* table) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Low(Vector256<byte> value) => value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> High(Vector256<byte> value) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> AddProduct(
        Vector256<byte> sum, Vector256<byte> lowTable, Vector256<byte> highTable, Vector256<byte> low, Vector256<byte> high) =>
        sum ^ Gfni.V256.GaloisFieldAffineTransform(low, lowTable, 0);
}
