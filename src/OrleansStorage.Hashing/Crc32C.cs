using System.Runtime.Intrinsics.X86;
using OrleansStorage.Hashing.Checksums;

namespace OrleansStorage.Hashing;

/// <summary>CRC-32C (Castagnoli; RFC 3720 section 12.1): NVMe/TCP digests, S3 checksums, records on devices.</summary>
/// <remarks>
/// Values are finalised: complemented, as they are stored and sent, so an empty input has CRC 0 and a CRC can be
/// continued from where it was left. The CRC of the nine ASCII digits "123456789" is E3069283h.
/// Pure, thread-safe, without allocation.
/// </remarks>
public static class Crc32C
{
    // Below this a chain of CRC instructions ends before folding has set up and reduced.
    private const int InstructionBytesMax = 96;

    /// <summary>The CRC of earlier data followed by <paramref name="data"/>.</summary>
    /// <param name="crc">CRC of the earlier data; 0 when there is none.</param>
    /// <param name="data">Any length, any alignment.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        if (CastagnoliInstruction.IsSupported && (data.Length <= InstructionBytesMax || !HasWideFolding))
        {
            return ~CrcInstruction<CastagnoliPolynomial, CastagnoliInstruction>.Update(~crc, data);
        }

        return ~(uint)CrcPaths<CastagnoliPolynomial>.Update(~crc, data);
    }

    /// <summary>The CRC of A followed by B, from the CRCs of both. Logarithmic in the length of B.</summary>
    /// <param name="crcA">CRC of A.</param>
    /// <param name="crcB">CRC of B alone.</param>
    /// <param name="lengthB">Length of B, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static uint Combine(uint crcA, uint crcB, long lengthB) =>
        (uint)CrcArithmetic<CastagnoliPolynomial>.Combine(crcA, crcB, lengthB);

    internal static bool IsSupported(CrcPath path) =>
        path == CrcPath.Instruction ? CastagnoliInstruction.IsSupported : CrcPaths<CastagnoliPolynomial>.IsSupported(path);

    internal static uint Append(uint crc, ReadOnlySpan<byte> data, CrcPath path) =>
        path == CrcPath.Instruction && CastagnoliInstruction.IsSupported
            ? ~CrcInstruction<CastagnoliPolynomial, CastagnoliInstruction>.Update(~crc, data)
            : ~(uint)CrcPaths<CastagnoliPolynomial>.Update(~crc, data, path);

    // 128-bit folding is no faster than three interleaved instructions; wider folding is.
    private static bool HasWideFolding => Pclmulqdq.V256.IsSupported;
}
