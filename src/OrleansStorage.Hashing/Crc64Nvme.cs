using OrleansStorage.Hashing.Checksums;

namespace OrleansStorage.Hashing;

/// <summary>
/// CRC-64/NVME (NVM Command Set, 64b protection information; polynomial AD93D23594C93659h, reflected): the default
/// checksum of S3 clients.
/// </summary>
/// <remarks>
/// Values are finalised: complemented, as they are stored and sent, so an empty input has CRC 0 and a CRC can be
/// continued from where it was left. The CRC of the nine ASCII digits "123456789" is AE8B14860A799888h.
/// Pure, thread-safe, without allocation.
/// </remarks>
public static class Crc64Nvme
{
    /// <summary>The CRC of earlier data followed by <paramref name="data"/>.</summary>
    /// <param name="crc">CRC of the earlier data; 0 when there is none.</param>
    /// <param name="data">Any length, any alignment.</param>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> data) => ~CrcPaths<NvmePolynomial>.Update(~crc, data);

    /// <summary>The CRC of A followed by B, from the CRCs of both. Logarithmic in the length of B.</summary>
    /// <param name="crcA">CRC of A.</param>
    /// <param name="crcB">CRC of B alone.</param>
    /// <param name="lengthB">Length of B, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB) =>
        CrcArithmetic<NvmePolynomial>.Combine(crcA, crcB, lengthB);

    internal static bool IsSupported(CrcPath path) => CrcPaths<NvmePolynomial>.IsSupported(path);

    internal static ulong Append(ulong crc, ReadOnlySpan<byte> data, CrcPath path) =>
        ~CrcPaths<NvmePolynomial>.Update(~crc, data, path);
}
