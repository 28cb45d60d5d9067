using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OrleansStorage.Erasure.Galois;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>64 bytes: VGF2P8AFFINEQB of GFNI with AVX-512.</summary>
internal readonly unsafe struct AffineLanes512 : IGaloisLanes<Vector512<byte>>
{
    /// <inheritdoc/>
    public static bool IsSupported => Gfni.V512.IsSupported;

    /// <inheritdoc/>
    public static int TableBytes => sizeof(ulong);

    /// <inheritdoc/>
    public static void WriteTable(byte constant, Span<byte> table) =>
        BinaryPrimitives.WriteUInt64LittleEndian(table, GaloisField.BitMatrix(constant));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* source) => Vector512.Load(source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* target, Vector512<byte> value) => value.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LowTable(byte* table) => Vector512.Create(*(ulong*)table).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> HighTable(byte* table) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Low(Vector512<byte> value) => value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> High(Vector512<byte> value) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> AddProduct(
        Vector512<byte> sum, Vector512<byte> lowTable, Vector512<byte> highTable, Vector512<byte> low, Vector512<byte> high) =>
        sum ^ Gfni.V512.GaloisFieldAffineTransform(low, lowTable, 0);
}
