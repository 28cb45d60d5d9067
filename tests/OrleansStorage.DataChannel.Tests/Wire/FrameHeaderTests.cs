using OrleansStorage.DataChannel.Tests.Support;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Hashing;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Wire;

public sealed class FrameHeaderTests
{
    [Fact]
    public void Header_HasTheBytesThatAreDocumented()
    {
        var header = new FrameHeader
        {
            Operation = Operation.ReadFragment,
            IsAnswer = true,
            Status = AnswerStatus.Corrupt,
            BodyBytes = 0x010203,
            PayloadBytes = 0x00A0B0C0,
            PayloadCrc = 0x11223344,
            RequestId = 0x0102030405060708,
            Device = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            Group = 0xCAFEBABE,
            BodyCrc = 0x55667788,
            Epoch = 0x1122334455667788,
            State = DeviceState.Healthy,
        };
        header.BodyBytes = 0x00010203;
        var bytes = new byte[FrameHeader.SizeBytes];
        header.WriteTo(bytes);

        const string golden =
            "04010300" + "03020100" + "C0B0A000" + "44332211" + "0807060504030201" + "00112233445566778899AABBCCDDEEFF"
            + "BEBAFECA" + "88776655" + "8877665544332211" + "01000000";
        Assert.Equal(golden, Convert.ToHexString(bytes[..60]));
        Assert.Equal(Crc32C.Append(0, bytes.AsSpan(0, 60)), BitConverter.ToUInt32(bytes, 60));
        Assert.Equal(header, FrameHeader.Parse(bytes));
    }

    [Fact]
    public void EachFlippedBit_IsNoticed()
    {
        var bytes = new byte[FrameHeader.SizeBytes];
        new FrameHeader { Operation = Operation.WriteFragments, BodyBytes = 21, PayloadBytes = 4096, RequestId = 7 }.WriteTo(bytes);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FrameException>(() => FrameHeader.Parse(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        FrameHeader.Parse(bytes);
    }

    [Theory]
    [InlineData(0, 0, "operation 0")]
    [InlineData(0, 17, "operation 17")]
    [InlineData(1, 2, "reserved")]
    [InlineData(57, 1, "reserved")]
    [InlineData(7, 0x80, "body")]
    [InlineData(11, 0x80, "payload")]
    [InlineData(11, 0x02, "payload")]
    [InlineData(56, 5, "state")]
    public void WhatMayNotBe_IsRefused_ThoughTheChecksumIsRight(int at, byte value, string why)
    {
        var bytes = new byte[FrameHeader.SizeBytes];
        new FrameHeader { Operation = Operation.Ping, RequestId = 1 }.WriteTo(bytes);
        bytes[at] = value;
        BitConverter.TryWriteBytes(bytes.AsSpan(60), Crc32C.Append(0, bytes.AsSpan(0, 60)));

        Assert.Contains(why, Assert.Throws<FrameException>(() => FrameHeader.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesOnTheWire_AreFrozen()
    {
        Assert.Equal(
            ["Ping=1", "Status=2", "WriteFragments=3", "ReadFragment=4", "DeleteFragments=5", "FindFragment=6", "ListFragments=7", "WriteBlocks=8",
                "ReadBlocks=9", "ListExtents=10", "ListBlocks=11", "FenceExtent=12", "DeleteExtent=13", "RaiseEpoch=14", "ListDevices=15", "Goodbye=16"],
            Enum.GetValues<Operation>().Select(v => $"{v}={(int)v}"));
        Assert.Equal(
            ["Done=0", "FragmentNotFound=1", "FragmentExists=2", "Corrupt=3", "Full=4", "Fenced=5", "DeviceFailed=6", "Busy=7", "StaleEpoch=8",
                "NoSuchDevice=9", "InvalidArgument=10", "Failed=11"],
            Enum.GetValues<AnswerStatus>().Select(v => $"{v}={(int)v}"));
        Assert.Equal(["Welcome=0", "Version=1", "Secret=2"], Enum.GetValues<HandshakeVerdict>().Select(v => $"{v}={(int)v}"));
    }

    [Fact]
    public void Health_SurvivesTheWire()
    {
        var health = new DeviceHealth(DeviceState.Failed, "fsync: EIO", 3, 4, 5, ["first", "zweite, mit Umlaut: ä"]);
        var read = HealthReport.Read(HealthReport.Write(health));
        Assert.Equal(health with { Notes = [] }, read with { Notes = health.Notes.Take(0).ToList() } with { Notes = [] });
        Assert.Equal(health.Notes, read.Notes);
        Assert.Null(HealthReport.Read(HealthReport.Write(health with { Failure = null })).Failure);
        Assert.Throws<FrameException>(() => HealthReport.Read(HealthReport.Write(health).AsSpan()[..^1]));
    }

    [Fact]
    public async Task Part_WithAWrongChecksum_IsRefused()
    {
        using var stream = new MemoryStream(Samples.Bytes(1, 40_000));
        var reader = new FrameReader(stream, _ => { });
        var part = new byte[40_000];
        await Assert.ThrowsAsync<FrameException>(
            async () => await reader.ReadPartAsync(part, Crc32C.Append(0, Samples.Bytes(1, 40_000)) ^ 1));
    }
}
