namespace OrleansStorage.Erasure.Kernels;

/// <summary>The ways to multiply fragments by constants. All give the same bytes; the processor decides which exist.</summary>
internal enum GaloisPath
{
    /// <summary>A table of all products. Exists everywhere.</summary>
    Table,

    /// <summary>Products of both nibbles by a byte shuffle, 16 bytes at a time (SSSE3).</summary>
    Shuffle128,

    /// <summary>Products of both nibbles by a table lookup, 16 bytes at a time (Arm64 AdvSIMD).</summary>
    ShuffleArm,

    /// <summary>Products of both nibbles by a byte shuffle, 32 bytes at a time (AVX2).</summary>
    Shuffle256,

    /// <summary>Products of both nibbles by a byte shuffle, 64 bytes at a time (AVX-512BW).</summary>
    Shuffle512,

    /// <summary>A product by one 8 by 8 bit matrix, 32 bytes at a time (GFNI with AVX).</summary>
    Affine256,

    /// <summary>A product by one 8 by 8 bit matrix, 64 bytes at a time (GFNI with AVX-512).</summary>
    Affine512,
}
