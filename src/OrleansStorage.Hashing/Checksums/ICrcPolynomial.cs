namespace OrleansStorage.Hashing.Checksums;

/// <summary>A reflected CRC polynomial of degree 32 or 64, as a type, so that every constant folds at JIT time.</summary>
internal interface ICrcPolynomial
{
    /// <summary>
    /// The polynomial without its leading term, reflected (bit 0 is the highest power). A polynomial of degree 32 sits
    /// in the low half, which also makes it the polynomial times x^32: every CRC here is computed modulo a polynomial of
    /// degree 64, and one of 32 bits comes out in the low half.
    /// </summary>
    static abstract ulong Reflected { get; }
}

/// <summary>CRC-32/ISCSI (Castagnoli), RFC 3720 section 12.1.</summary>
internal readonly struct CastagnoliPolynomial : ICrcPolynomial
{
    /// <inheritdoc/>
    public static ulong Reflected => 0x82F63B78;
}

/// <summary>CRC-32/ISO-HDLC (ISO 3309), the polynomial of zlib and Ethernet.</summary>
internal readonly struct IsoPolynomial : ICrcPolynomial
{
    /// <inheritdoc/>
    public static ulong Reflected => 0xEDB88320;
}

/// <summary>CRC-64/NVME: NVM Express NVM Command Set, 64b protection information (normal form AD93D23594C93659).</summary>
internal readonly struct NvmePolynomial : ICrcPolynomial
{
    /// <inheritdoc/>
    public static ulong Reflected => 0x9A6C9329AC4BC9B5;
}
