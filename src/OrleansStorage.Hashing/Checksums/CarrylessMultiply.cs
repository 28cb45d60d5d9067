using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>The carry-less 64 by 64 bit product, on x64 (PCLMULQDQ) and Arm64 (PMULL).</summary>
internal static class CarrylessMultiply
{
    /// <summary>The processor has the 128-bit instruction.</summary>
    public static bool IsSupported => Pclmulqdq.IsSupported || ArmAes.IsSupported;

    /// <summary>The product of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Lower(Vector128<ulong> left, Vector128<ulong> right) =>
        Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(left, right, 0x00)
            : ArmAes.PolynomialMultiplyWideningLower(left.GetLower(), right.GetLower());

    /// <summary>The product of the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Upper(Vector128<ulong> left, Vector128<ulong> right) =>
        Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(left, right, 0x11)
            : ArmAes.PolynomialMultiplyWideningUpper(left, right);
}
