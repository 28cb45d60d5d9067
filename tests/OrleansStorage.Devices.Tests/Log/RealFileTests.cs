using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Files;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

/// <summary>The device on real files and real threads.</summary>
public sealed class RealFileTests : IDisposable
{
    private const int Mebi = 1 << 20;

    private static readonly DeviceIdentity Identity = new(new Guid(1, 2, 3, new byte[8]), DeviceTier.Ssd, 256L * Mebi);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WhatWasWritten_IsReadBack_InWholeAndInPart()
    {
        await using var device = await CreateAsync();
        var random = TestSeed.Create(1);
        foreach (var length in new[] { 1, 100, 4096, 16_384, 16_385, 100_000, 3 * Mebi })
        {
            var payload = Bytes(random, length);
            var id = Id((ulong)length);
            await device.WriteFragmentAsync(id, payload, default);
            for (var i = 0; i < 20; i++)
            {
                var from = random.Next(length);
                var part = new byte[random.Next(length - from) + 1];
                await device.ReadFragmentAsync(id, from, part, default);
                Assert.True(payload.AsSpan(from, part.Length).SequenceEqual(part), $"length {length}, from {from}");
            }
        }
    }

    [Fact]
    public async Task ManyWriters_AllFindTheirBytes_AfterReopeningWithoutClosing()
    {
        var device = await CreateAsync();
        var random = TestSeed.Create(2);
        var payloads = Enumerable.Range(0, 200).Select(i => Bytes(random, 1 + random.Next(40_000))).ToList();

        await Task.WhenAll(payloads.Select((p, i) => device.WriteFragmentAsync(Id((ulong)i + 1), p, default).AsTask()));
        await device.DeleteFragmentsAsync([Id(7), Id(8)], default);
        await device.FenceExtentAsync(new ExtentId(1, 1), 5, default);
        await device.WriteBlocksAsync(
            new ExtentId(1, 1), [new BlockWrite(3, new BlockVersion(5, 1), Bytes(random, 4096))], default);

        await using var copy = await ReopenCopyAsync();
        Assert.Equal(198, copy.Usage.Fragments);
        for (var i = 0; i < payloads.Count; i++)
        {
            if (i is not (6 or 7))
            {
                var read = new byte[payloads[i].Length];
                await copy.ReadFragmentAsync(Id((ulong)i + 1), 0, read, default);
                Assert.Equal(payloads[i], read);
            }
        }

        await Assert.ThrowsAsync<FragmentNotFoundException>(() => copy.ReadFragmentAsync(Id(7), 0, new byte[1], default).AsTask());
        Assert.Equal([new BlockEntry(3, new BlockVersion(5, 1))], await copy.ListBlocksAsync(new ExtentId(1, 1), default));
        await Assert.ThrowsAsync<FencedException>(() => copy.WriteBlocksAsync(
            new ExtentId(1, 1), [new BlockWrite(3, new BlockVersion(4, 9), new byte[4096])], default).AsTask());
        await device.DisposeAsync();
    }

    [Fact]
    public async Task SecondOpener_IsRefused_UntilTheFirstHasClosed()
    {
        var device = await CreateAsync();

        await using var second = new DirectoryFileLayer(_directory.Path);
        await Assert.ThrowsAsync<DeviceInUseException>(() => LogDevice.OpenAsync(second, Options()).AsTask());
        await device.DisposeAsync();

        await using var third = await LogDevice.OpenAsync(new DirectoryFileLayer(_directory.Path), Options());
        Assert.Equal(Identity, third.Identity);
    }

    [Fact]
    public async Task ColdRead_TakesTheWorkerPath_AndIsVerifiedAllTheSame()
    {
        await using var device = await CreateAsync();
        var payload = Bytes(TestSeed.Create(3), 2 * Mebi);
        await device.WriteFragmentAsync(Id(1), payload, default);

        // Written pages are clean after a sync, so the kernel drops them when it is asked to.
        foreach (var file in Directory.GetFiles(_directory.Path, "segment-*"))
        {
            await DropCacheAsync(file);
        }

        var read = new byte[payload.Length];
        await device.ReadFragmentAsync(Id(1), 0, read, default);
        Assert.Equal(payload, read);
    }

    /// <summary>Goal: threads, compaction and scrubs beside each other lose nothing and mix nothing up.</summary>
    [Fact]
    public async Task ConcurrentUse_WithMaintenance_AgreesWithWhatEachWorkerDid()
    {
        var seed = TestSeed.Next();
        var bad = 0;
        var options = new LogDeviceOptions
        {
            SegmentBytes = Mebi,
            CheckpointEveryBytes = 4 * Mebi,
            MaintenanceInterval = TimeSpan.FromMilliseconds(5),
            ScrubInterval = TimeSpan.FromMilliseconds(20),
            ScrubBytesPerSecond = 200 * Mebi,
            CompactBytesPerSecond = 200 * Mebi,
            OverlapFromBytes = 16 << 10,
            OnBadRecord = _ => Interlocked.Increment(ref bad),
        };
        var layer = new DirectoryFileLayer(_directory.Path);
        await LogDevice.FormatAsync(layer, Identity, options);
        var device = await LogDevice.OpenAsync(layer, options);
        var kept = new Dictionary<FragmentId, byte[]>[6];
        await Task.WhenAll(Enumerable.Range(0, kept.Length).Select(worker => Task.Run(async () =>
            kept[worker] = await WorkAsync(device, (uint)worker + 1, TestSeed.Create(seed + worker)))));
        var removed = await device.CompactAsync(0.9, default);
        var lastSegment = Directory.GetFiles(_directory.Path, "segment-*").Order(StringComparer.Ordinal).Last();

        Assert.Equal((DeviceState.Healthy, 0), (device.State, bad));
        Assert.True(string.CompareOrdinal(Path.GetFileName(lastSegment), "segment-00000010") > 0 && removed > 0, $"seed {seed}: few segments were used");
        for (var opened = 0; opened < 2; opened++)
        {
            Assert.Equal(kept.Sum(k => k.Count), device.Usage.Fragments);
            foreach (var (id, payload) in kept.SelectMany(k => k))
            {
                var read = new byte[payload.Length];
                await device.ReadFragmentAsync(id, 0, read, default);
                Assert.True(payload.AsSpan().SequenceEqual(read), $"seed {seed}: fragment {id}");
            }

            await device.DisposeAsync();
            device = await LogDevice.OpenAsync(new DirectoryFileLayer(_directory.Path), options);
        }

        await device.DisposeAsync();
    }

    private static async Task<Dictionary<FragmentId, byte[]>> WorkAsync(LogDevice device, uint worker, Random random)
    {
        var kept = new Dictionary<FragmentId, byte[]>();
        for (var i = 1u; i <= 400; i++)
        {
            var id = new FragmentId(new BlobId(worker, 1, i), 0);
            kept[id] = Bytes(random, random.Next(8) == 0 ? 150_000 + random.Next(100_000) : 1 + random.Next(20_000));
            await device.WriteFragmentAsync(id, kept[id], default);
            var other = kept.ElementAt(random.Next(kept.Count));
            var read = new byte[other.Value.Length];
            await device.ReadFragmentAsync(other.Key, 0, read, default);
            Assert.True(other.Value.AsSpan().SequenceEqual(read), $"fragment {other.Key}");
            if (random.Next(3) > 0)
            {
                kept.Remove(other.Key);
                await device.DeleteFragmentsAsync([other.Key], default);
            }
        }

        return kept;
    }

    private static async Task DropCacheAsync(string file)
    {
        using var process = System.Diagnostics.Process.Start("dd", [$"of={file}", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]);
        await process.WaitForExitAsync();
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static FragmentId Id(ulong sequence) => new(new BlobId(1, 1, sequence), 0);

    private static LogDeviceOptions Options() => new() { SegmentBytes = 8 * Mebi, RunMaintenance = false };

    private async Task<LogDevice> CreateAsync()
    {
        var layer = new DirectoryFileLayer(_directory.Path);
        await LogDevice.FormatAsync(layer, Identity, Options());
        return await LogDevice.OpenAsync(layer, Options());
    }

    /// <summary>What a process finds that starts after this one was killed: the files as they are now.</summary>
    private async Task<LogDevice> ReopenCopyAsync()
    {
        var copy = Path.Combine(_directory.Path, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(_directory.Path).Where(f => Path.GetFileName(f) != "lock"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return await LogDevice.OpenAsync(new DirectoryFileLayer(copy), Options());
    }
}
