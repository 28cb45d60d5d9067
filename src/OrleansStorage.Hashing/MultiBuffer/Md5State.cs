using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>The four words of an MD5 computation between two blocks (RFC 1321 section 3.3).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Md5State
{
    /// <summary>Length of the block that the compression function takes, in bytes.</summary>
    public const int BlockBytes = 64;

    /// <summary>Length of a digest, in bytes.</summary>
    public const int DigestBytes = 16;

    /// <summary>Word A.</summary>
    public uint A;

    /// <summary>Word B.</summary>
    public uint B;

    /// <summary>Word C.</summary>
    public uint C;

    /// <summary>Word D.</summary>
    public uint D;

    /// <summary>The state before the first block.</summary>
    public static Md5State Initial => new() { A = 0x67452301, B = 0xEFCDAB89, C = 0x98BADCFE, D = 0x10325476 };

    /// <summary>The state as a digest.</summary>
    /// <param name="destination">At least <see cref="DigestBytes"/> bytes.</param>
    public readonly void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, A);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], B);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], C);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], D);
    }
}
