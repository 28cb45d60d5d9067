namespace OrleansStorage.Hashing.Checksums;

/// <summary>The ways to compute a CRC. All give the same value; the processor decides which exist.</summary>
internal enum CrcPath
{
    /// <summary>Slicing by 8: eight table lookups for eight bytes. Exists everywhere.</summary>
    Table,

    /// <summary>The processor's CRC instruction, three streams interleaved to hide its latency.</summary>
    Instruction,

    /// <summary>Carry-less multiplication of 128-bit vectors.</summary>
    Fold128,

    /// <summary>Carry-less multiplication of 256-bit vectors (VPCLMULQDQ).</summary>
    Fold256,

    /// <summary>Carry-less multiplication of 512-bit vectors (VPCLMULQDQ with AVX-512).</summary>
    Fold512,
}
