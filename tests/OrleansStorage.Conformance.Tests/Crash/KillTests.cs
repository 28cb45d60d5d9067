using System.Globalization;
using OrleansStorage.Conformance.Node;
using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Conformance.Crash;

/// <summary>
/// Goal: what was acknowledged survives `kill -9` of a node under load, nothing is half there, and no bytes are left over.
/// Method: 20 times, 16 clients overwrite, copy, upload, delete and read the same keys; after a random number of
/// acknowledgements the process is killed, started again (at times killed again while it starts), and every key is
/// compared with the histories of its writers. The seed fixes sizes, choices and moments, but not the interleaving.
/// </summary>
[Trait("Category", "Conformance")]
public sealed class KillTests(ITestOutputHelper log) : IDisposable
{
    private const int Rounds = 20;
    private const int Writers = 16;
    private const int Keys = 80;
    private const int AcknowledgedMax = 120;
    private const int Readers = 6;
    private const string Bucket = "survivors";

    private static readonly TimeSpan s_roundLimit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly LogicalClock _clock = new();
    private readonly CrashCounts _counts = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task KillUnderLoad_KeepsWhatWasAcknowledged_AndLeavesNothingElse()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var keys = Enumerable.Range(0, Keys)
            .Select(i => new KeyHistory(string.Create(CultureInfo.InvariantCulture, $"dir{i % 7}/key-{i:d4}"), _clock))
            .ToList();
        log.WriteLine($"seed {seed}");
        var silo = await StartAsync();
        var round = 0;
        try
        {
            using (var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests))
            {
                SignedS3Client.Must(await client.SendAsync(HttpMethod.Put, Bucket));
                await CrashWorkload.PutSourcesAsync(client, Bucket);
            }

            for (; round < Rounds; round++)
            {
                var context = $"seed {seed}, round {round}";
                var pending = await LoadAndKillAsync(silo, keys, random, context);
                await silo.DisposeAsync();
                silo = await StartAgainAsync(random);
                await CheckAsync(silo, keys, pending, random, context);
            }

            log.WriteLine(_counts.ToString());
            AssertReached(seed);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(
                $"seed {seed}, round {round}: {e.Message}{Environment.NewLine}{_counts}{Environment.NewLine}{silo.Output}", e);
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    private async Task<IReadOnlyCollection<PendingUpload>> LoadAndKillAsync(
        SiloProcess silo, List<KeyHistory> keys, Random random, string context)
    {
        using var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        var workload = new CrashWorkload(client, Bucket, keys, _clock, _counts);
        var reached = workload.WhenAcknowledgedAsync(1 + random.Next(AcknowledgedMax));
        var writers = workload.RunAsync(Writers, random.Next());
        using var admin = new AdminClient(silo.Ready.Admin, S3Keys.ForTests);
        var sweep = random.Next(2) == 0 ? admin.SweepAsync() : Task.CompletedTask;
        using var limit = new CancellationTokenSource(s_roundLimit, TimeProvider.System);
        var first = await Task.WhenAny(reached, writers).WaitAsync(limit.Token);
        if (first == writers)
        {
            await writers;
            throw new InvalidOperationException($"{context}: the writers ended without a crash.");
        }

        workload.ExpectCrash();
        await silo.KillAsync();
        await writers;
        await IgnoreAsync(sweep);
        return workload.Pending;
    }

    private async Task<SiloProcess> StartAgainAsync(Random random)
    {
        if (random.Next(4) == 0)
        {
            await using var doomed = SiloProcess.Launch(DataFolder, S3Keys.ForTests);
            // A moment of the start; which one it is depends on the machine, and any will do.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1500)), TimeProvider.System);
            if (!doomed.HasExited)
            {
                await doomed.KillAsync();
                _counts.KilledWhileStarting++;
            }
        }

        return await StartAsync();
    }

    private async Task CheckAsync(
        SiloProcess silo, List<KeyHistory> keys, IReadOnlyCollection<PendingUpload> pending, Random random, string context)
    {
        using var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        var sizes = await CompareAsync(client, keys, context);
        await EndUploadsAsync(client, pending, sizes, random, context);
        foreach (var (key, state) in CrashWorkload.Sources())
        {
            Assert.True(state == await CrashWorkload.SeeAsync(client, Bucket, key), $"{context}: {key} changed");
            sizes[key] = state.SizeBytes;
        }

        var listed = await client.ListAsync(Bucket);
        Assert.True(sizes.SequenceEqual(listed), $"{context}: the listing differs: {string.Join(", ", sizes.Except(listed).Concat(listed.Except(sizes)).Take(10))}");

        using var admin = new AdminClient(silo.Ready.Admin, S3Keys.ForTests);
        var swept = await admin.SweepAsync();
        var live = await admin.LiveBytesAsync();
        Assert.True(
            live == sizes.Values.Sum(),
            $"{context}: {live} bytes are live, and the objects have {sizes.Values.Sum()}; the sweep said {swept}, and a second one {await admin.SweepAsync()} and left {await admin.LiveBytesAsync()}");
        foreach (var history in keys.Where(_ => random.Next(8) == 0))
        {
            Object(history, await CrashWorkload.SeeAsync(client, Bucket, history.Key), context + ", after the sweep");
        }
    }

    /// <summary>Compares every key with its history, and begins the histories anew.</summary>
    private async Task<SortedDictionary<string, long>> CompareAsync(SignedS3Client client, List<KeyHistory> keys, string context)
    {
        var sizes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = Readers }, async (history, _) =>
        {
            var seen = await CrashWorkload.SeeAsync(client, Bucket, history.Key);
            Object(history, seen, context);
            if (history.IsUnacknowledged(seen))
            {
                Interlocked.Increment(ref _counts.InterruptedSeen);
            }

            history.Settle(seen);
            if (seen is not null)
            {
                lock (sizes)
                {
                    sizes[history.Key] = seen.SizeBytes;
                }
            }
        });
        return sizes;
    }

    /// <summary>Parts that were acknowledged before the crash become objects after it; the other uploads are aborted.</summary>
    private async Task EndUploadsAsync(
        SignedS3Client client, IReadOnlyCollection<PendingUpload> pending, SortedDictionary<string, long> sizes, Random random, string context)
    {
        foreach (var upload in pending.Where(_ => random.Next(2) == 0))
        {
            var key = upload.History.Key;
            var answer = await client.CompleteUploadAsync(Bucket, key, upload.UploadId, upload.ETags);
            Assert.True(answer.IsSuccess, $"{context}: an upload whose parts were acknowledged cannot be completed: {answer}");
            upload.History.Settle(upload.State);
            Object(upload.History, await CrashWorkload.SeeAsync(client, Bucket, key), context + ", completed afterwards");
            sizes[key] = upload.State.SizeBytes;
            _counts.UploadsFinishedAfterwards++;
        }

        foreach (var (key, upload) in await client.ListUploadsAsync(Bucket))
        {
            SignedS3Client.Must(await client.AbortUploadAsync(Bucket, key, upload));
        }

        Assert.Empty(await client.ListUploadsAsync(Bucket));
    }

    private void Object(KeyHistory history, ObjectState? seen, string context)
    {
        var now = _clock.Tick();
        var objection = history.Objection(seen, now, _clock.Tick());
        Assert.True(objection is null, $"{context}: {objection}");
    }

    private void AssertReached(int seed)
    {
        // How many uploads end before a kill depends on the machine, so none is asked for.
        var isEnough = _counts is { Puts: > 200, Deletes: > 40, Copies: > 20, Reads: > 40, Interrupted: > 40 }
            && _counts.InterruptedSeen > 0;
        Assert.True(isEnough, $"seed {seed}: the run proved too little: {_counts}");
    }

    private string DataFolder => _folder.File("data");

    private Task<SiloProcess> StartAsync() => SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);

    private static async Task IgnoreAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (HttpRequestException)
        {
            // It was cut off by the crash.
        }
    }
}
