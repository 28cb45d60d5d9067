using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Log;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

/// <summary>
/// Goal: no damaged byte is ever returned as a good one, and nothing that was acknowledged vanishes in silence.
/// Method: flip a bit in every kind of byte of every file, open the device, read everything.
/// </summary>
public sealed class LogDeviceDamageTests
{
    private const int Fragments = 5;

    private static readonly ExtentId Extent = new(3, 4);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FlippedBit_IsNeverReadAsGood_NorDroppedInSilence(bool withCheckpoint)
    {
        var positions = Positions(withCheckpoint);
        var (noticed, refused) = (0, 0);
        foreach (var (name, position) in positions)
        {
            var simulated = Build(withCheckpoint);
            simulated.Layer.FlipBit(name, position, (int)(position % 8));
            try
            {
                simulated.Open();
            }
            catch (DeviceFormatException)
            {
                refused++;
                continue;
            }

            noticed += Check(simulated, $"{name}, byte {position}") ? 1 : 0;
        }

        Assert.True(positions.Count > 800, $"{positions.Count} positions");
        Assert.True(refused > 30, $"{refused} flips in the device header were refused");
        Assert.True(noticed > positions.Count / 2, $"{noticed} of {positions.Count} flips were noticed");
    }

    [Fact]
    public void PlantedBug_SkippedVerification_IsFound()
    {
        var simulated = Build(withCheckpoint: true, PlantedBug.SkipVerification);
        simulated.Layer.FlipBit("segment-00000001.log", SegmentHeader.SizeBytes + 500, 1);
        simulated.Open();

        Assert.Throws<Xunit.Sdk.TrueException>(() => Check(simulated, "planted"));
    }

    /// <returns>Whether anything was noticed.</returns>
    private static bool Check(SimulatedDevice simulated, string where)
    {
        var (corrupt, absent) = (0, 0);
        for (var i = 1; i <= Fragments; i++)
        {
            try
            {
                Assert.True(simulated.Read(i, Length(i)).AsSpan().SequenceEqual(SimulatedDevice.Payload(i, Length(i))), where);
            }
            catch (CorruptFragmentException)
            {
                corrupt++;
            }
            catch (FragmentNotFoundException)
            {
                absent++;
            }
        }

        var block = new byte[4096];
        var version = new BlockVersion[1];
        try
        {
            simulated.Time.Run(simulated.Device.ReadBlocksAsync(Extent, 7, block, version, default));
            absent += version[0] == BlockVersion.None ? 1 : 0;
            Assert.True(version[0] == BlockVersion.None || block.AsSpan().SequenceEqual(SimulatedDevice.Payload(99, 4096)), where);
        }
        catch (CorruptFragmentException)
        {
            corrupt++;
        }

        Assert.True(absent == 0 || simulated.Device.Health.LostRegions > 0, $"{where}: {absent} are gone in silence");
        return corrupt > 0 || simulated.Device.Health.LostRegions > 0;
    }

    private static int Length(int fragment) => fragment == 3 ? 30_000 : 50 + (fragment * 700);

    private static SimulatedDevice Build(bool withCheckpoint, PlantedBug bug = PlantedBug.None)
    {
        var simulated = new SimulatedDevice(1, configure: options => options.PlantedBug = bug);
        for (var i = 1; i <= Fragments; i++)
        {
            simulated.Write(i, Length(i));
        }

        simulated.Time.Run(simulated.Device.WriteBlocksAsync(
            Extent, [new BlockWrite(7, new BlockVersion(1, 1), SimulatedDevice.Payload(99, 4096))], default));

        // The last record of a log is confirmed by nothing, and its damage is a torn write. So there is one more.
        simulated.Write(100, 10);
        simulated.Close();
        if (!withCheckpoint)
        {
            simulated.LoseCheckpoints();
        }

        return simulated;
    }

    /// <summary>All bytes of headers and checkpoints, and some of payloads and padding.</summary>
    private static List<(string Name, long Position)> Positions(bool withCheckpoint)
    {
        var simulated = Build(withCheckpoint);
        var positions = new List<(string Name, long Position)>();
        foreach (var (name, length) in simulated.Layer.Files)
        {
            var bytes = simulated.Layer.ReadAll(name);
            for (var i = 0; i < length; i++)
            {
                var inRecordHeader = Enumerable.Range(0, RecordHeader.SizeBytes + 12)
                    .Any(back => i - back >= 4096 && (i - back) % 8 == 0 && BitConverter.ToUInt32(bytes, i - back) == RecordHeader.Magic);
                var stride = name.StartsWith("checkpoint-", StringComparison.Ordinal) ? 3 : 131;
                if (i < 56 || inRecordHeader || i % stride == 0)
                {
                    positions.Add((name, i));
                }
            }
        }

        return positions;
    }
}
