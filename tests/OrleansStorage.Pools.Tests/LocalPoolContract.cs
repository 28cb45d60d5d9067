using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Pools.Tests;

/// <summary>What a pool does under any protection.</summary>
public abstract class LocalPoolContract
{
    private readonly PoolProtection _protection;
    private readonly SimulatedDevice[] _devices;
    private readonly SimulatedTime _time = new();
    private IBlobProtection _code = null!;

    /// <param name="protection">The protection.</param>
    /// <param name="devices">How many devices; more than it needs, so that a group is left when one fails.</param>
    /// <param name="size">A size of blobs.</param>
    protected LocalPoolContract(string protection, int devices, int size)
    {
        _protection = PoolProtection.Parse(protection);
        _devices = [.. Enumerable.Range(1, devices).Select(i => new SimulatedDevice(i, id: i))];
        Size = size;
    }

    private int Size { get; }

    [Fact]
    public async Task WhatWasWritten_IsReadBack_AndListed_UntilDeleted()
    {
        await using var pool = Create();
        var blobs = new List<BlobId>();
        await using (var session = pool.BeginWrite())
        {
            for (var i = 1; i <= 5; i++)
            {
                blobs.Add(await session.WriteAsync(SimulatedDevice.Payload(i, Size * i / 3), default));
                Assert.True(pool.IsInFlight(blobs[^1]));
            }

            session.Keep();
        }

        Assert.All(blobs, blob => Assert.False(pool.IsInFlight(blob)));
        var part = new byte[Size];
        await pool.ReadAsync(blobs[4], Size / 2, part, default);
        Assert.Equal(SimulatedDevice.Payload(5, Size * 5 / 3)[(Size / 2)..(Size / 2 * 3)], part);
        Assert.Equal(blobs.Sum(FragmentsOf), _devices.Sum(d => d.Device.Usage.Fragments));
        var entries = blobs.Select((blob, i) => new BlobEntry(blob, StoredBytes(blob, Size * (i + 1) / 3))).OrderBy(e => e.Id).ToList();
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
        await using var pool = Create();
        _devices[0].Layer.FailNextSync();
        await using var session = pool.BeginWrite();

        var blobs = new List<BlobId>();
        for (var i = 1; i <= 6; i++)
        {
            blobs.Add(await session.WriteAsync(SimulatedDevice.Payload(i, Size), default));
        }

        Assert.Equal(DeviceState.Failed, _devices[0].Device.State);
        Assert.Equal(1, pool.Status.Rewrites);
        Assert.InRange(pool.Status.HealthyGroups, 1, pool.Status.Groups - 1);
        Assert.Equal(blobs.Sum(FragmentsOf), _devices[1..].Sum(d => d.Device.Usage.Fragments));

        // The group where it failed has no leftovers, so nothing is listed but what was returned.
        session.Keep();
        Assert.Equal(blobs.Order(), (await pool.ListAsync(default, 100, default)).Select(e => e.Id));
        for (var i = 1; i <= 6; i++)
        {
            var read = new byte[Size];
            await pool.ReadAsync(blobs[i - 1], 0, read, default);
            Assert.Equal(SimulatedDevice.Payload(i, Size), read);
        }
    }

    [Fact]
    public async Task NoHealthyGroupLeft_IsAnError_AndSoIsNoRoom()
    {
        await using var pool = Create();
        await using var session = pool.BeginWrite();
        await Assert.ThrowsAsync<PoolFullException>(async () =>
        {
            for (var i = 1; i <= 2_000; i++)
            {
                await session.WriteAsync(SimulatedDevice.Payload(i, 30_000), default);
            }
        });
        foreach (var device in _devices[..(_devices.Length - _protection.Slots + 1)])
        {
            device.Layer.FailNextSync();
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
        await using var pool = Create();
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(SimulatedDevice.Payload(1, Size), default);
        session.Keep();
        var slot = BlobForm.Of(blob).IsStriped ? 0 : BlobForm.Of(blob).Number % (uint)_protection.Slots;
        var fragment = new FragmentId(blob, (byte)slot);
        var device = _devices.Single(d => d.Time.Run(d.Device.FindFragmentAsync(fragment, default)) is not null);
        if (isMissing)
        {
            await device.Device.DeleteFragmentsAsync([fragment], default);
        }
        else
        {
            device.Layer.FlipBit("segment-00000001.log", 4096 + 500, 1);
            await Assert.ThrowsAsync<CorruptFragmentException>(
                async () => await device.Device.ReadFragmentAsync(fragment, 0, new byte[1_000], default));
        }

        var read = new byte[Size];
        await pool.ReadAsync(blob, 0, read, default);

        Assert.Equal(SimulatedDevice.Payload(1, Size), read);
        Assert.Equal((1, 0, 0), (pool.Status.Repaired, pool.Status.RepairsFailed, pool.Status.RepairsWaiting));
        var start = new byte[1_000];
        await device.Device.ReadFragmentAsync(fragment, 0, start, default);
        Assert.Equal(read[..1_000], start);
    }

    [Fact]
    public async Task AllCopiesDamaged_IsALostBlob()
    {
        await using var pool = Create();
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(SimulatedDevice.Payload(1, Size), default);
        foreach (var device in _devices.Where(d => d.Device.Usage.Fragments > 0))
        {
            device.Layer.FlipBit("segment-00000001.log", 4096 + 500, 1);
        }

        await Assert.ThrowsAsync<BlobLostException>(async () => await pool.ReadAsync(blob, 0, new byte[Size], default));
        Assert.Equal(FragmentsOf(blob), _devices.Sum(d => d.Device.Health.CorruptReads));
    }

    [Fact]
    public async Task SessionWithoutOutcome_DeletesItsBlobs()
    {
        await using var pool = Create();
        var session = pool.BeginWrite();
        var blob = await session.WriteAsync(new byte[Size], default);

        await session.DisposeAsync();

        Assert.False(pool.IsInFlight(blob));
        Assert.Empty(await pool.ListAsync(default, 10, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.WriteAsync(new byte[1], default));
        Assert.Throws<ObjectDisposedException>(session.Keep);
    }

    [Fact]
    public async Task SessionLeftToTheSweeper_KeepsItsBlobsInFlight_ForTheGracePeriod()
    {
        await using var pool = Create();
        await using var session = pool.BeginWrite();
        var blob = await session.WriteAsync(new byte[Size], default);
        session.LeaveToSweeper();
        await session.DisposeAsync();

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(pool.IsInFlight(blob));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(pool.IsInFlight(blob));
        Assert.Single(await pool.ListAsync(default, 10, default));

        await using var next = pool.BeginWrite();
        await next.WriteAsync(new byte[Size], default);
        Assert.Equal(1, pool.Status.InFlight);
    }

    [Fact]
    public async Task WriteThatEndsAfterItsSession_LeavesNothingBehind()
    {
        await using var pool = Create();
        foreach (var device in _devices)
        {
            device.Layer.Faults.DelayMax = TimeSpan.FromMilliseconds(1);
        }

        var session = pool.BeginWrite();
        var write = session.WriteAsync(new byte[Size], default).AsTask();
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

    private int FragmentsOf(BlobId blob) => Enumerable.Range(0, _protection.Slots).Count(slot => _code.Holds(blob, slot));

    private int StoredBytes(BlobId blob, int bytes) =>
        BlobForm.Of(blob) is { IsStriped: true } form ? _protection.DataFragments * form.FragmentBytes : bytes;

    private LocalPool Create()
    {
        var layout = PoolLayout.Create(
            [.. _devices.Select((d, i) => new PoolDevice(d.Device.Identity.Id, $"domain {i}", d.Device.Identity.CapacityBytes))],
            _protection.Slots,
            firstGroupId: 10);
        var members = new PoolMembers(_devices.Select(d => d.Device));
        _code = _protection.CreateProtection(members, new ProtectionOptions { Time = _time });
        return new LocalPool(new GroupMap(layout.Groups, members), members, _code, new LocalPoolOptions
        {
            Writer = 4,
            SweeperGrace = TimeSpan.FromMinutes(1),
            Time = _time,
            RunContinuationsInline = true,
        });
    }
}

public sealed class MirrorPoolTests() : LocalPoolContract("mirror:2", devices: 3, size: 3_000);

public sealed class ReedSolomonPoolTests() : LocalPoolContract("rs:4+2", devices: 7, size: 30_000);

public sealed class ReedSolomonPoolOfSmallBlobsTests() : LocalPoolContract("rs:4+2", devices: 8, size: 3_000);
