using System.Runtime.Intrinsics.X86;
using OrleansStorage.Hashing.Checksums;

namespace OrleansStorage.Hashing;

/// <summary>CRC-32 (ISO 3309, ITU-T V.42; zlib, gzip, Ethernet): S3 checksums.</summary>
/// <remarks>
/// Values are finalised: complemented, as they are stored and sent, so an empty input has CRC 0 and a CRC can be
/// continued from where it was left. The CRC of the nine ASCII digits "123456789" is CBF43926h.
/// Pure, thread-safe, without allocation.
/// </remarks>
public static class Crc32
{
    // Below this a chain of CRC instructions ends before folding has set up and reduced.
    private const int InstructionBytesMax = 96;

    /// <summary>The CRC of earlier data followed by <paramref name="data"/>.</summary>
    /// <param name="crc">CRC of the earlier data; 0 when there is none.</param>
    /// <param name="data">Any length, any alignment.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        if (IsoInstruction.IsSupported && (data.Length <= InstructionBytesMax || !HasWideFolding))
        {
            return ~CrcInstruction<IsoPolynomial, IsoInstruction>.Update(~crc, data);
        }

        return ~(uint)CrcPaths<IsoPolynomial>.Update(~crc, data);
    }

    /// <summary>The CRC of A followed by B, from the CRCs of both. Logarithmic in the length of B.</summary>
    /// <param name="crcA">CRC of A.</param>
    /// <param name="crcB">CRC of B alone.</param>
    /// <param name="lengthB">Length of B, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static uint Combine(uint crcA, uint crcB, long lengthB) =>
        (uint)CrcArithmetic<IsoPolynomial>.Combine(crcA, crcB, lengthB);

    internal static bool IsSupported(CrcPath path) =>
        path == CrcPath.Instruction ? IsoInstruction.IsSupported : CrcPaths<IsoPolynomial>.IsSupported(path);

    internal static uint Append(uint crc, ReadOnlySpan<byte> data, CrcPath path) =>
        path == CrcPath.Instruction && IsoInstruction.IsSupported
            ? ~CrcInstruction<IsoPolynomial, IsoInstruction>.Update(~crc, data)
            : ~(uint)CrcPaths<IsoPolynomial>.Update(~crc, data, path);

    // 128-bit folding is no faster than three interleaved instructions; wider folding is.
    private static bool HasWideFolding => Pclmulqdq.V256.IsSupported;
}
