using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace OrleansStorage.Hashing.Checksums;

/// <summary>A CRC instruction of the processor: eight bytes, or one, at a time.</summary>
internal interface ICrcInstruction
{
    /// <summary>The processor has it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Advances a raw state over eight bytes, lowest byte first.</summary>
    static abstract uint Step(uint state, ulong data);

    /// <summary>Advances a raw state over one byte.</summary>
    static abstract uint Step(uint state, byte data);
}

/// <summary>CRC32 of SSE4.2, CRC32C of Arm64.</summary>
internal readonly struct CastagnoliInstruction : ICrcInstruction
{
    /// <inheritdoc/>
    public static bool IsSupported => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, ulong data) =>
        Sse42.X64.IsSupported
            ? (uint)Sse42.X64.Crc32(state, data)
            : ArmCrc32.Arm64.ComputeCrc32C(state, data);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, byte data) =>
        Sse42.IsSupported ? Sse42.Crc32(state, data) : ArmCrc32.ComputeCrc32C(state, data);
}

/// <summary>CRC32 of Arm64; x64 has no instruction for this polynomial.</summary>
internal readonly struct IsoInstruction : ICrcInstruction
{
    /// <inheritdoc/>
    public static bool IsSupported => ArmCrc32.Arm64.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, ulong data) => ArmCrc32.Arm64.ComputeCrc32(state, data);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint state, byte data) => ArmCrc32.ComputeCrc32(state, data);
}
