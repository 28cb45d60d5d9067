using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;
using OrleansStorage.Hashing;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

public sealed class RecordHeaderTests
{
    // Written out by hand from the layout in the remarks of RecordHeader. The CRC at 4 is filled in below.
    private static readonly byte[] GoldenBytes =
    [
        0x4F, 0x53, 0x52, 0x31, 0, 0, 0, 0,
        0x01, 0x07, 0x58, 0x00, 0x05, 0x00, 0x00, 0x00,
        0x60, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00,
        0x11, 0, 0, 0, 0, 0, 0, 0,
        0x10, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 1, 0, 0, 0, 2,
        0, 0, 0, 0, 0, 0, 0, 3,
        0x21, 0, 0, 0, 0, 0, 0, 0,
        0x22, 0, 0, 0, 0, 0, 0, 0,
        0x23, 0, 0, 0, 0, 0, 0, 0,
        0xDD, 0xCC, 0xBB, 0xAA, 0, 0, 0, 0,
    ];

    [Fact]
    public void WriteTo_ProducesTheGoldenBytes_AndParseReadsThem()
    {
        var expected = Golden();
        var header = new RecordHeader
        {
            Kind = RecordKind.Fragment,
            PayloadOffset = 0x58,
            PayloadLength = 5,
            Span = 0x60,
            Segment = 9,
            Lsn = 0x11,
            DurableLsn = 0x10,
            Epoch = 0x21,
            Sequence = 0x22,
            BlockOrFloor = 0x23,
        };
        header.SetFragment(new FragmentId(new BlobId(1, 2, 3), 7));
        var bytes = new byte[expected.Length];
        expected.AsSpan(RecordHeader.SizeBytes).CopyTo(bytes.AsSpan(RecordHeader.SizeBytes));

        header.WriteTo(bytes);

        Assert.Equal(expected, bytes);
        Assert.Equal(RecordParse.Good, RecordHeader.Parse(bytes, out var parsed));
        Assert.Equal(header, parsed);
        Assert.Equal(new FragmentId(new BlobId(1, 2, 3), 7), parsed.FragmentId);
    }

    [Fact]
    public void Parse_RefusesEveryFlippedBit()
    {
        for (var bit = 0; bit < (RecordHeader.SizeBytes + 4) * 8; bit++)
        {
            var bytes = Golden();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.True(RecordHeader.Parse(bytes, out _) != RecordParse.Good, $"bit {bit}");
        }
    }

    [Theory]
    [InlineData(RecordKind.Fragment, 1)]
    [InlineData(RecordKind.FragmentTombstone, 2)]
    [InlineData(RecordKind.Block, 3)]
    [InlineData(RecordKind.ExtentTombstone, 4)]
    [InlineData(RecordKind.Fence, 5)]
    [InlineData(RecordKind.Void, 6)]
    internal void StoredKinds_NeverChange(RecordKind kind, byte value) => Assert.Equal(value, (byte)kind);

    [Theory]
    [InlineData(DeviceTier.Memory, 1)]
    [InlineData(DeviceTier.Ssd, 2)]
    [InlineData(DeviceTier.Sas, 3)]
    [InlineData(DeviceTier.Sata, 4)]
    [InlineData(DeviceTier.Archive, 5)]
    public void StoredTiers_NeverChange(DeviceTier tier, byte value) => Assert.Equal(value, (byte)tier);

    private static byte[] Golden()
    {
        var bytes = (byte[])GoldenBytes.Clone();
        BitConverter.TryWriteBytes(bytes.AsSpan(4), Crc32C.Append(0, bytes.AsSpan(8, 76)));
        return bytes;
    }
}
