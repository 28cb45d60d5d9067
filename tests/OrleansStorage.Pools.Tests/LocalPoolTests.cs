using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Pools.Tests;

public sealed class LocalPoolTests
{
    private readonly SimulatedDevice[] _devices;
    private readonly SimulatedTime _time = new();

    public LocalPoolTests() => _devices = [.. Enumerable.Range(1, 3).Select(i => new SimulatedDevice(i, id: i))];

    [Fact]
    public async Task WhatWasWritten_IsReadBack_AndListed_UntilDeleted()
    {
        await using var pool = Create(mirrors: 2);
        var blobs = new List<BlobId>();
        await using (var session = pool.BeginWrite())
        {
            for (var i = 1; i <= 5; i++)
            {
                blobs.Add(await session.WriteAsync(SimulatedDevice.Payload(i, 1_000 * i), default));
                Assert.True(pool.IsInFlight(blobs[^1]));
            }

            session.Keep();
        }

        Assert.All(blobs, blob => Assert.False(pool.IsInFlight(blob)));
        var part = new byte[2_000];
        await pool.ReadAsync(blobs[4], 1_500, part, default);
        Assert.Equal(SimulatedDevice.Payload(5, 5_000)[1_500..3_500], part);
        Assert.Equal(10, _devices.Sum(d => d.Device.Usage.Fragments));
        var entries = blobs.Select((blob, i) => new BlobEntry(blob, 1_000 * (i + 1))).OrderBy(e => e.Id).ToList();
        Assert.Equal(entries, await pool.ListAsync(default, 100, default));
        Assert.Equal(entries.Skip(2).Take(2), await pool.ListAsync(entries[1].Id, 2, default));

        await pool.DeleteAsync([.. blobs, new BlobId(999, 1, 1)], default);
        Assert.Empty(await pool.ListAsync(default, 10, default));
        await Assert.ThrowsAsync<BlobNotFoundException>(async () => await pool.ReadAsync(blobs[0], 0, part.AsMemory(0, 1), default));
        await Assert.ThrowsAsync<BlobNotFoundException>(async () => await pool.ReadAsync(new BlobId(999, 1, 1), 0, part, default));
    }

    [Fact]
    public async Task DeviceThatFailsDuringAWrite_GetsTheWholeBlobWrittenElsewhere()
    {
        await using var pool = Create(mirrors: 2);
        _devices[0].Layer.FailNextSync();
        await using var session = pool.BeginWrite();

        var blobs = new List<BlobId>();
        for (var i = 1; i <= 6; i++)
        {
            blobs.Add(await session.WriteAsync(SimulatedDevice.Payload(i, 3_000), default));
        }

        Assert.Equal(DeviceState.Failed, _devices[0].Device.State);
        Assert.Equal(1, pool.Status.Rewrites);
        Assert.InRange(pool.Status.HealthyGroups, 1, pool.Status.Groups - 1);
        foreach (var device in _devices[1..])
        {
            Assert.True(device.Device.Usage.Fragments >= 5, "the devices that are left have every blob");
        }

        // The group where it failed has no leftovers, so nothing is listed but what was returned.
        session.Keep();
        var before = await pool.ListAsync(default, 100, default);
        Assert.Equal(blobs.Where(b => before.Any(e => e.Id == b)).Order(), before.Select(e => e.Id));
        Assert.True(before.Count >= 5);
    }

    [Fact]
    public async Task NoHealthyGroupLeft_IsAnError_AndSoIsNoRoom()
    {
        await using var pool = Create(mirrors: 2);
        await using var session = pool.BeginWrite();
        await Assert.ThrowsAsync<PoolFullException>(async () =>
        {
            for (var i = 1; i <= 2_000; i++)
            {
                await session.WriteAsync(SimulatedDevice.Payload(i, 20_000), default);
            }
        });
        _devices[0].Layer.FailNextSync();
        _devices[1].Layer.FailNextSync();
        foreach (var device in _devices[..2])
        {
            await Assert.ThrowsAsync<DeviceFailedException>(
                async () => await device.Device.FenceExtentAsync(new(1, 1), 1, default));
        }

        var error = await Assert.ThrowsAsync<DeviceException>(async () => await session.WriteAsync(new byte[1], default));
        Assert.Contains("No healthy stripe group", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DamagedOrMissingCopy_IsReadFromAnother_AndRepaired(bool isMissing)
    {
        await using var pool = Create(mirrors: 2);
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(SimulatedDevice.Payload(1, 3_000), default);
        session.Keep();
        var slot = (byte)(blob.Sequence % 2);
        var fragment = new FragmentId(blob, slot);
        var device = _devices.Single(d => d.Time.Run(d.Device.FindFragmentAsync(fragment, default)) is not null);
        if (isMissing)
        {
            await device.Device.DeleteFragmentsAsync([fragment], default);
        }
        else
        {
            device.Layer.FlipBit("segment-00000001.log", 4096 + 500, 1);
            await Assert.ThrowsAsync<CorruptFragmentException>(
                async () => await device.Device.ReadFragmentAsync(fragment, 0, new byte[3_000], default));
        }

        var read = new byte[3_000];
        await pool.ReadAsync(blob, 0, read, default);

        Assert.Equal(SimulatedDevice.Payload(1, 3_000), read);
        Assert.Equal((1, 0, 0), (pool.Status.Repaired, pool.Status.RepairsFailed, pool.Status.RepairsWaiting));
        read.AsSpan().Clear();
        await device.Device.ReadFragmentAsync(fragment, 0, read, default);
        Assert.Equal(SimulatedDevice.Payload(1, 3_000), read);
    }

    [Fact]
    public async Task AllCopiesDamaged_IsALostBlob()
    {
        await using var pool = Create(mirrors: 2);
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(SimulatedDevice.Payload(1, 3_000), default);
        foreach (var device in _devices.Where(d => d.Device.Usage.Fragments > 0))
        {
            device.Layer.FlipBit("segment-00000001.log", 4096 + 500, 1);
        }

        await Assert.ThrowsAsync<BlobLostException>(async () => await pool.ReadAsync(blob, 0, new byte[3_000], default));
        Assert.Equal(2, _devices.Sum(d => d.Device.Health.CorruptReads));
    }

    [Fact]
    public async Task SessionWithoutOutcome_DeletesItsBlobs()
    {
        await using var pool = Create(mirrors: 2);
        var session = pool.BeginWrite();
        var blob = await session.WriteAsync(new byte[100], default);

        await session.DisposeAsync();

        Assert.False(pool.IsInFlight(blob));
        Assert.Empty(await pool.ListAsync(default, 10, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.WriteAsync(new byte[1], default));
        Assert.Throws<ObjectDisposedException>(session.Keep);
    }

    [Fact]
    public async Task SessionLeftToTheSweeper_KeepsItsBlobsInFlight_ForTheGracePeriod()
    {
        await using var pool = Create(mirrors: 1);
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(new byte[100], default);
        session.LeaveToSweeper();
        await session.DisposeAsync();

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(pool.IsInFlight(blob));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(pool.IsInFlight(blob));
        Assert.Single(await pool.ListAsync(default, 10, default));

        await using var next = pool.BeginWrite();
        await next.WriteAsync(new byte[100], default);
        Assert.Equal(1, pool.Status.InFlight);
    }

    [Fact]
    public async Task WriteThatEndsAfterItsSession_LeavesNothingBehind()
    {
        await using var pool = Create(mirrors: 2);
        foreach (var device in _devices)
        {
            device.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(1);
        }

        var session = pool.BeginWrite();
        var write = session.WriteAsync(new byte[100], default).AsTask();
        Assert.Throws<InvalidOperationException>(session.Keep);
        await session.DisposeAsync();
        while (!write.IsCompleted)
        {
            foreach (var device in _devices)
            {
                device.Time.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => write);
        Assert.Equal(0, pool.Status.InFlight);
        Assert.Equal(0, _devices.Sum(d => d.Device.Usage.Fragments));
    }

    private LocalPool Create(int mirrors)
    {
        var layout = PoolLayout.Create(
            [.. _devices.Select((d, i) => new PoolDevice(d.Device.Identity.Id, $"domain {i}", d.Device.Identity.CapacityBytes))],
            mirrors,
            firstGroupId: 10);
        return new LocalPool(layout, _devices.Select(d => d.Device), new LocalPoolOptions
        {
            Writer = 4,
            SweeperGrace = TimeSpan.FromMinutes(1),
            Time = _time,
            RunContinuationsInline = true,
        });
    }
}
