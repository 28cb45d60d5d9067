using System.Globalization;

namespace OrleansStorage.Devices.Log;

/// <summary>What kind of rows a block of a checkpoint has. Values are stored; append, never renumber.</summary>
internal enum CheckpointBlock : byte
{
    /// <summary>What the checkpoint is of, and from where on the log is to be replayed.</summary>
    Begin = 1,

    /// <summary>Segments.</summary>
    Segments = 2,

    /// <summary>Fragments in order.</summary>
    Fragments = 3,

    /// <summary>One extent with its blocks, or some of them.</summary>
    Extent = 4,

    /// <summary>The checkpoint is whole.</summary>
    End = 5,
}

/// <summary>The index of a device in a file, and where in the log to go on from.</summary>
/// <remarks>
/// A file of blocks, each verified on its own, little-endian but for ids:
/// <code>
///  0  magic 'OSCP' (u32)   8  kind (u8)   9  zero (3 bytes)   12  length of the rows (u32)   16  rows
///  4  CRC-32C of 8 to the end of the rows (u32)
/// </code>
/// It is written while the device goes on: a row may be newer than the place from which the log is replayed, which does
/// no harm, because replaying a record again changes nothing. A file without its end block never happened.
/// </remarks>
internal static class Checkpoint
{
    public const ushort Version = 1;
    public const ushort LowestReader = 1;
    public const int BlockHeaderBytes = 16;
    public const int BlockRowsMax = 1 << 20;
    public const uint Magic = 0x5043534F; // "OSCP"

    public const int BeginBytes = 64;
    public const int SegmentRowBytes = 40;
    public const int FragmentRowBytes = 32;
    public const int ExtentRowBytes = 48;
    public const int BlockRowBytes = 28;

    public static string NameOf(ulong number) => string.Create(CultureInfo.InvariantCulture, $"checkpoint-{number:x16}.index");

    public static bool TryParseName(string name, out ulong number)
    {
        number = 0;
        return name.Length == 33
            && name.StartsWith("checkpoint-", StringComparison.Ordinal)
            && name.EndsWith(".index", StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan(11, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}
