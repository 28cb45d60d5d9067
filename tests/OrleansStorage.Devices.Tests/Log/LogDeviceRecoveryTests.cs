using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Log;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

public sealed class LogDeviceRecoveryTests
{
    [Fact]
    public void AcknowledgedFragments_SurviveACrash_WithAndWithoutACheckpoint()
    {
        foreach (var withCheckpoint in new[] { true, false })
        {
            var simulated = new SimulatedDevice(1);
            for (var i = 1; i <= 40; i++)
            {
                simulated.Write(i, 100 * i);
            }

            simulated.Delete(3, 4);
            simulated.Time.Run(simulated.Device.CheckpointAsync());
            simulated.Write(41, 5_000);
            simulated.Delete(5);
            simulated.Crash();
            if (!withCheckpoint)
            {
                simulated.LoseCheckpoints();
            }

            simulated.Open();

            Assert.Equal(withCheckpoint, simulated.Device.Recovered.FromCheckpoint);
            Assert.Equal(withCheckpoint ? 2 : 44, simulated.Device.Recovered.Records);
            foreach (var i in Enumerable.Range(1, 41))
            {
                if (i is 3 or 4 or 5)
                {
                    Assert.False(simulated.Has(i));
                }
                else
                {
                    var length = i == 41 ? 5_000 : 100 * i;
                    Assert.Equal(SimulatedDevice.Payload(i, length), simulated.Read(i, length));
                }
            }

            Assert.Equal(0, simulated.Device.Health.LostRegions);
        }
    }

    [Fact]
    public void TornTail_IsCut_AndTheLogGoesOn()
    {
        var seed = TestSeed.Next();
        var torn = 0;
        for (var round = 0; round < 40; round++)
        {
            var simulated = new SimulatedDevice(seed + round);
            simulated.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(2);
            simulated.Write(1, 20_000);
            var lost = simulated.Device.WriteFragmentAsync(SimulatedDevice.Id(2), SimulatedDevice.Payload(2, 20_000), default);
            simulated.Time.Step();
            Assert.False(lost.IsCompleted);
            simulated.Crash();
            simulated.Open();

            torn += simulated.Device.Health.TornBytes > 0 ? 1 : 0;
            Assert.Equal(SimulatedDevice.Payload(1, 20_000), simulated.Read(1, 20_000));
            if (simulated.Has(2))
            {
                Assert.Equal(SimulatedDevice.Payload(2, 20_000), simulated.Read(2, 20_000));
            }

            simulated.Write(3, 9_000);
            simulated.Crash();
            simulated.LoseCheckpoints();
            simulated.Open();
            Assert.Equal(SimulatedDevice.Payload(3, 9_000), simulated.Read(3, 9_000));
            Assert.True(simulated.Device.Health.LostRegions == 0, $"seed {seed + round}: a torn write is taken for a loss");
        }

        Assert.True(torn > 5, $"seed {seed}: {torn} tails were torn");
    }

    [Fact]
    public void DamageInTheMiddle_LosesOnlyWhatItHit_AndIsReported()
    {
        var simulated = new SimulatedDevice(1);
        foreach (var i in Enumerable.Range(1, 5))
        {
            simulated.Write(i, 3_000);
        }

        simulated.Crash();
        simulated.LoseCheckpoints();

        // Every commit begins on a page, so the third record's header does.
        simulated.Layer.FlipBit("segment-00000001.log", 4096 + (2 * 4096) + 20, 3);
        simulated.Open();

        Assert.Equal(1, simulated.Device.Health.LostRegions);
        Assert.Contains("records 3 to 3 are lost", simulated.Device.Health.Notes[0], StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 5], Enumerable.Range(1, 5).Where(simulated.Has));
        Assert.Equal(SimulatedDevice.Payload(5, 3_000), simulated.Read(5, 3_000));
    }

    [Fact]
    public void DamagedCheckpoint_IsReported_AndTheLogTellsTheSame()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Write(1, 3_000);
        simulated.Close();
        var checkpoint = simulated.Layer.Files.Single(f => f.Name.StartsWith("checkpoint-", StringComparison.Ordinal));
        simulated.Layer.FlipBit(checkpoint.Name, checkpoint.LengthBytes / 2, 0);
        simulated.Open();

        Assert.Equal(1, simulated.Device.Health.LostRegions);
        Assert.Equal(SimulatedDevice.Payload(1, 3_000), simulated.Read(1, 3_000));
    }

    [Fact]
    public void LostSegmentFile_IsAReadError_NotAnAbsence()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Write(1, 3_000);
        simulated.Close();
        simulated.Layer.LoseFile("segment-00000001.log");
        simulated.Open();

        Assert.Throws<CorruptFragmentException>(() => simulated.Read(1, 3_000));
        Assert.Equal(1, simulated.Device.Health.CorruptReads);
    }

    [Fact]
    public void Tombstone_OutlivesItsSegment_AsLongAsTheFragmentIsSomewhere()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Write(1, 30_000);
        simulated.Write(2, 20_000);

        // The tombstone comes into a later segment than the fragment, and that segment is emptied first.
        simulated.Write(3, 30_000);
        simulated.Delete(1, 3);
        simulated.Write(4, 30_000);
        simulated.Time.Run(simulated.Device.CheckpointAsync());
        simulated.Time.Run(simulated.Device.CompactAsync(0.2, default));
        simulated.Crash();
        simulated.LoseCheckpoints();
        simulated.Open();

        Assert.Equal([2, 4], Enumerable.Range(1, 4).Where(simulated.Has));
    }

    [Fact]
    public void FailedSync_TakesTheDeviceOutOfService_AndIsNeverRetried()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Write(1, 3_000);
        simulated.Layer.FailNextSync();

        Assert.Throws<DeviceFailedException>(() => simulated.Write(2, 3_000));
        var syncs = simulated.Layer.Figures.Syncs;

        Assert.Equal(DeviceState.Failed, simulated.Device.State);
        Assert.Throws<DeviceFailedException>(() => simulated.Write(3, 3_000));
        Assert.Throws<DeviceFailedException>(() => simulated.Read(1, 3_000));
        Assert.Throws<DeviceFailedException>(() => simulated.Delete(1));
        simulated.Close();
        Assert.Equal(syncs, simulated.Layer.Figures.Syncs);

        simulated.Open();
        Assert.Equal(SimulatedDevice.Payload(1, 3_000), simulated.Read(1, 3_000));
    }

    [Fact]
    public void FullDevice_StillReadsAndDeletes_AndHasRoomAfterCompaction()
    {
        var simulated = new SimulatedDevice(1, segments: 6);
        var written = 0;
        Assert.Throws<DeviceFullException>(() =>
        {
            for (var i = 1; i < 1_000; i++)
            {
                simulated.Write(i, 8_000);
                written = i;
            }
        });

        Assert.InRange(written, 20, 47);
        Assert.Equal(DeviceState.Healthy, simulated.Device.State);
        Assert.Equal(SimulatedDevice.Payload(written, 8_000), simulated.Read(written, 8_000));
        Assert.InRange(simulated.Device.Usage.AvailableBytes, 0, 8_000 + (16 << 10));
        simulated.Delete([.. Enumerable.Range(1, written).Where(i => i % 4 > 0)]);
        Assert.True(simulated.Time.Run(simulated.Device.CompactAsync(0.9, default)) >= 2);

        for (var i = 1; i <= written / 2; i++)
        {
            simulated.Write(1_000 + i, 8_000);
        }

        Assert.Equal(SimulatedDevice.Payload(4, 8_000), simulated.Read(4, 8_000));
    }

    [Fact]
    public void CompactionCutAtAnyStep_LosesNothing_AndResurrectsNothing()
    {
        var seed = TestSeed.Next();
        var removed = 0;
        for (var steps = 0; ; steps++)
        {
            var simulated = Fragmented(seed);
            simulated.Layer.Faults.DelayMin = simulated.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(1);
            var compaction = simulated.Device.CompactAsync(0.9, default).AsTask();
            for (var i = 0; i < steps && !compaction.IsCompleted; i++)
            {
                simulated.Time.Step();
            }

            var isDone = compaction.IsCompleted;
            var segments = simulated.Layer.Files.Count(f => f.Name.StartsWith("segment-", StringComparison.Ordinal));
            simulated.Crash();
            if (steps % 2 == 0)
            {
                simulated.LoseCheckpoints();
            }

            simulated.Open();
            foreach (var i in Enumerable.Range(1, 30))
            {
                Assert.True(simulated.Has(i) == (i % 3 == 0), $"seed {seed}, {steps} steps: fragment {i}");
                if (i % 3 == 0)
                {
                    Assert.Equal(SimulatedDevice.Payload(i, 6_000), simulated.Read(i, 6_000));
                }
            }

            Assert.True(simulated.Device.Health.LostRegions == 0, $"seed {seed}, {steps} steps: a loss is reported");
            if (isDone)
            {
                removed = steps;
                Assert.InRange(segments, 2, 4);
                break;
            }
        }

        Assert.True(removed > 20, $"compaction took {removed} steps");
    }

    [Fact]
    public void ManyWriters_ShareASync()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Layer.Faults.DelayMin = simulated.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(1);
        var before = simulated.Layer.Figures.Syncs;

        var writes = Enumerable.Range(1, 100)
            .Select(i => simulated.Device.WriteFragmentAsync(SimulatedDevice.Id(i), SimulatedDevice.Payload(i, 300), default).AsTask())
            .ToArray();
        simulated.Time.Run(Task.WhenAll(writes));

        // Making the first segment takes two, the first write goes out alone, and all the others together.
        Assert.InRange(simulated.Layer.Figures.Syncs - before, 1, 5);
    }

    [Fact]
    public void FullQueue_RefusesWithATransientError()
    {
        var simulated = new SimulatedDevice(1, configure: o => o.PendingRecordsMax = 4);
        simulated.Layer.Faults.DelayMin = simulated.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(1);

        var writes = Enumerable.Range(1, 20)
            .Select(i => simulated.Device.WriteFragmentAsync(SimulatedDevice.Id(i), SimulatedDevice.Payload(i, 300), default).AsTask())
            .ToArray();
        simulated.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.All(writes, write => Assert.True(write.IsCompleted));
        var refused = writes.Where(w => w.IsFaulted).Select(w => Assert.IsType<DeviceBusyException>(w.Exception!.InnerException)).ToList();
        Assert.InRange(refused.Count, 10, 16);
        Assert.All(refused, e => Assert.True(e.IsTransient));
        Assert.Equal(20 - refused.Count, simulated.Device.Usage.Fragments);
    }

    [Fact]
    public void Scrub_ReportsEachDamagedRecord_AndNoOther()
    {
        var bad = new List<BadRecord>();
        var simulated = new SimulatedDevice(1, configure: o => o.OnBadRecord = bad.Add);
        foreach (var i in Enumerable.Range(1, 6))
        {
            simulated.Write(i, 3_000);
        }

        var extent = new ExtentId(0, 1);
        simulated.Time.Run(simulated.Device.WriteBlocksAsync(
            extent, [new BlockWrite(2, new BlockVersion(1, 1), new byte[4096]), new BlockWrite(3, new BlockVersion(1, 2), new byte[4096])], default));
        Assert.Equal(0, simulated.Time.Run(simulated.Device.ScrubAsync(1 << 20, default)));
        simulated.Layer.FlipBit("segment-00000001.log", 4096 + (3 * 4096) + 1_000, 5);
        simulated.Layer.FlipBit("segment-00000001.log", 4096 + (6 * 4096) + 1_000, 5);

        Assert.Equal(2, simulated.Time.Run(simulated.Device.ScrubAsync(1 << 20, default)));
        Assert.Equal((SimulatedDevice.Id(4), null), (bad[0].Fragment, bad[0].Extent));
        Assert.Equal((null, (ExtentId?)extent, 2u), (bad[1].Fragment, bad[1].Extent, bad[1].Block));
    }

    [Fact]
    public void Compaction_KeepsDamagedBytesDamaged()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Write(1, 3_000);
        simulated.Write(2, 3_000);
        simulated.Write(3, 30_000);
        simulated.Write(4, 30_000);
        simulated.Write(5, 30_000);
        simulated.Delete(3);
        simulated.Layer.FlipBit("segment-00000001.log", 4096 + 500, 5);

        Assert.True(simulated.Time.Run(simulated.Device.CompactAsync(0.5, default)) > 0);

        Assert.Throws<CorruptFragmentException>(() => simulated.Read(1, 3_000));
        Assert.Equal(SimulatedDevice.Payload(2, 3_000), simulated.Read(2, 3_000));
    }

    [Fact]
    public void ReadErrorThatPasses_LosesNothing()
    {
        var simulated = new SimulatedDevice(1);
        foreach (var i in Enumerable.Range(1, 20))
        {
            simulated.Write(i, 3_000);
        }

        simulated.Delete([.. Enumerable.Range(1, 20).Where(i => i % 4 > 0)]);
        simulated.Layer.Faults.ReadFailsOneIn = 1;
        Assert.Throws<CorruptFragmentException>(() => simulated.Read(4, 3_000));
        simulated.Time.Run(simulated.Device.CompactAsync(0.9, default));
        Assert.Equal(DeviceState.Healthy, simulated.Device.State);

        simulated.Layer.Faults.ReadFailsOneIn = 40;
        for (var i = 0; i < 20; i++)
        {
            simulated.Crash();
            simulated.LoseCheckpoints();
            simulated.Open();
            Assert.Equal(0, simulated.Device.Health.LostRegions);
            Assert.Equal([4, 8, 12, 16, 20], Enumerable.Range(1, 20).Where(simulated.Has));
        }
    }

    [Fact]
    public void BrokenSectors_LoseWhatWasOnThem_AndAreReported()
    {
        var simulated = new SimulatedDevice(1);
        foreach (var i in Enumerable.Range(1, 5))
        {
            simulated.Write(i, 3_000);
        }

        simulated.Crash();
        simulated.LoseCheckpoints();
        simulated.Layer.Break("segment-00000001.log", 4096 + (2 * 4096) + 512, 4096 + (2 * 4096) + 1024);
        simulated.Open();

        Assert.Equal(1, simulated.Device.Health.LostRegions);
        Assert.Equal([1, 2, 4, 5], Enumerable.Range(1, 5).Where(simulated.Has));

        simulated.Write(6, 3_000);
        simulated.Delete(1, 2, 4);
        simulated.Time.Run(simulated.Device.CompactAsync(0.9, default));
        Assert.Equal(DeviceState.Healthy, simulated.Device.State);
        Assert.Equal([5, 6], Enumerable.Range(1, 6).Where(simulated.Has));
        Assert.Equal(SimulatedDevice.Payload(5, 3_000), simulated.Read(5, 3_000));
    }

    [Fact]
    public void DeviceOfANewerVersion_IsNotOpened()
    {
        var simulated = new SimulatedDevice(1);
        simulated.Close();
        var header = simulated.Layer.ReadAll(DeviceHeader.FileName);
        header[10] = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(
            header.AsSpan(48), OrleansStorage.Hashing.Crc32C.Append(0, header.AsSpan(0, 48)));

        Assert.Contains(
            "version 2", Assert.Throws<DeviceFormatException>(() => DeviceHeader.Parse(header)).Message, StringComparison.Ordinal);
    }

    /// <summary>A device of which every segment is one third live.</summary>
    private static SimulatedDevice Fragmented(int seed)
    {
        var simulated = new SimulatedDevice(seed);
        foreach (var i in Enumerable.Range(1, 30))
        {
            simulated.Write(i, 6_000);
        }

        simulated.Delete([.. Enumerable.Range(1, 30).Where(i => i % 3 > 0)]);
        return simulated;
    }
}
