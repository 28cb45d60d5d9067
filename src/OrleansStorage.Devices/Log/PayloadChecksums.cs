using System.Buffers.Binary;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Log;

/// <summary>The CRC-32C values behind a record header, one for each <see cref="RecordHeader.ChecksumBlockBytes"/> of payload.</summary>
internal static class PayloadChecksums
{
    /// <summary>Computes the checksums of a payload into their place in a header buffer.</summary>
    public static void Write(ReadOnlySpan<byte> payload, Span<byte> header)
    {
        var table = header[RecordHeader.SizeBytes..];
        while (payload.Length > 0)
        {
            var block = payload[..Math.Min(payload.Length, RecordHeader.ChecksumBlockBytes)];
            BinaryPrimitives.WriteUInt32LittleEndian(table, Crc32C.Append(0, block));
            payload = payload[block.Length..];
            table = table[4..];
        }
    }

    /// <summary>Verifies neighbouring whole checksum blocks whose bytes lie in three pieces.</summary>
    /// <param name="header">Header with checksums.</param>
    /// <param name="firstBlock">Index of the block that <paramref name="prefix"/> begins with.</param>
    /// <param name="prefix">The first bytes, fewer than a block.</param>
    /// <param name="body">The bytes after those.</param>
    /// <param name="suffix">The last bytes, fewer than a block; the last of all may end the payload.</param>
    /// <returns>Index of the first bad block, or -1.</returns>
    public static int FindBad(
        ReadOnlySpan<byte> header, int firstBlock, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, ReadOnlySpan<byte> suffix)
    {
        var table = header[(RecordHeader.SizeBytes + (4 * firstBlock))..];
        for (var block = firstBlock; prefix.Length + body.Length + suffix.Length > 0; block++, table = table[4..])
        {
            var left = RecordHeader.ChecksumBlockBytes;
            var crc = Take(0, ref prefix, ref left);
            crc = Take(crc, ref body, ref left);
            crc = Take(crc, ref suffix, ref left);
            if (crc != BinaryPrimitives.ReadUInt32LittleEndian(table))
            {
                return block;
            }
        }

        return -1;
    }

    private static uint Take(uint crc, ref ReadOnlySpan<byte> bytes, ref int left)
    {
        var count = Math.Min(left, bytes.Length);
        if (count == 0)
        {
            return crc;
        }

        crc = Crc32C.Append(crc, bytes[..count]);
        bytes = bytes[count..];
        left -= count;
        return crc;
    }
}
