using System.Runtime.InteropServices;

namespace OrleansStorage.Bench.Erasure;

/// <summary>Intel's ISA-L, the peer: <c>erasure_code.h</c>.</summary>
internal static unsafe partial class IsaL
{
    public const string FileName = "libisal.so.2";

    /// <summary>Size of the table of one coefficient, in bytes.</summary>
    public const int TableBytes = 32;

    /// <summary>The library is on this machine.</summary>
    public static bool IsLoaded { get; } = NativeLibrary.TryLoad(FileName, out _);

    /// <summary>Writes the tables of a matrix of <paramref name="rows"/> by <paramref name="k"/>.</summary>
    [LibraryImport(FileName, EntryPoint = "ec_init_tables")]
    public static partial void InitTables(int k, int rows, byte* matrix, byte* tables);

    /// <summary>The matrix of k data fragments and m fragments in all, the identity first.</summary>
    [LibraryImport(FileName, EntryPoint = "gf_gen_cauchy1_matrix")]
    public static partial void GenerateCauchyMatrix(byte* matrix, int m, int k);

    /// <summary>With the instructions that the library chooses.</summary>
    [LibraryImport(FileName, EntryPoint = "ec_encode_data")]
    public static partial void Encode(int length, int k, int rows, byte* tables, byte** sources, byte** targets);

    /// <summary>With SSSE3.</summary>
    [LibraryImport(FileName, EntryPoint = "ec_encode_data_sse")]
    public static partial void EncodeSse(int length, int k, int rows, byte* tables, byte** sources, byte** targets);

    /// <summary>With AVX2.</summary>
    [LibraryImport(FileName, EntryPoint = "ec_encode_data_avx2")]
    public static partial void EncodeAvx2(int length, int k, int rows, byte* tables, byte** sources, byte** targets);

    /// <summary>With AVX-512.</summary>
    [LibraryImport(FileName, EntryPoint = "ec_encode_data_avx512")]
    public static partial void EncodeAvx512(int length, int k, int rows, byte* tables, byte** sources, byte** targets);
}
