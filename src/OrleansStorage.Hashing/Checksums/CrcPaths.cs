using System.Runtime.Intrinsics.X86;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>Chooses how to compute a CRC of a polynomial without an instruction of its own.</summary>
internal static class CrcPaths<TPolynomial>
    where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>The processor has what <paramref name="path"/> needs.</summary>
    public static bool IsSupported(CrcPath path) => path switch
    {
        CrcPath.Table => true,
        CrcPath.Fold128 => CarrylessMultiply.IsSupported,
        CrcPath.Fold256 => Pclmulqdq.V256.IsSupported,
        CrcPath.Fold512 => Pclmulqdq.V512.IsSupported,
        _ => false,
    };

    /// <summary>Advances a raw state on the widest path there is.</summary>
    public static ulong Update(ulong state, ReadOnlySpan<byte> data)
    {
        if (data.Length < CrcFolding<TPolynomial>.MinBytes || !CarrylessMultiply.IsSupported)
        {
            return CrcTable<TPolynomial>.Update(state, data);
        }

        return Pclmulqdq.V512.IsSupported ? CrcFolding<TPolynomial>.Update512(state, data)
            : Pclmulqdq.V256.IsSupported ? CrcFolding<TPolynomial>.Update256(state, data)
            : CrcFolding<TPolynomial>.Update128(state, data);
    }

    /// <summary>Advances a raw state on one path; what is too short for it goes through the table.</summary>
    /// <exception cref="PlatformNotSupportedException">The processor does not have that path.</exception>
    public static ulong Update(ulong state, ReadOnlySpan<byte> data, CrcPath path)
    {
        if (!IsSupported(path))
        {
            throw new PlatformNotSupportedException($"This processor cannot compute {path}.");
        }

        return path == CrcPath.Table || data.Length < CrcFolding<TPolynomial>.MinBytes
            ? CrcTable<TPolynomial>.Update(state, data)
            : path switch
            {
                CrcPath.Fold128 => CrcFolding<TPolynomial>.Update128(state, data),
                CrcPath.Fold256 => CrcFolding<TPolynomial>.Update256(state, data),
                _ => CrcFolding<TPolynomial>.Update512(state, data),
            };
    }
}
