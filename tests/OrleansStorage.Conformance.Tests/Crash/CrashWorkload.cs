using System.Collections.Concurrent;
using System.Net;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Trees;

namespace OrleansStorage.Conformance.Crash;

/// <summary>
/// Clients that write, overwrite, copy, delete and read a few keys of one bucket, all at once, until the server is killed
/// under them. Any failure before <see cref="ExpectCrash"/> ends the run as a fault.
/// </summary>
internal sealed class CrashWorkload(
    SignedS3Client client, string bucket, IReadOnlyList<KeyHistory> keys, LogicalClock clock, CrashCounts counts)
{
    private const int SizeBytesMax = 6 << 20;
    private const int PartBytesMin = 5 << 20;

    /// <summary>Sources of copies: never written by the workload.</summary>
    private static readonly int[] s_sourceSizes = [0, 1, 70_000, 5 << 20];

    private readonly ConcurrentQueue<PendingUpload> _pending = [];
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isCrashExpected;
    private int _goal = int.MaxValue;

    /// <summary>Uploads that somebody may end after the crash.</summary>
    public IReadOnlyCollection<PendingUpload> Pending => _pending;

    public static async Task PutSourcesAsync(SignedS3Client client, string bucket)
    {
        for (var i = 0; i < s_sourceSizes.Length; i++)
        {
            SignedS3Client.Must(await client.PutAsync(bucket, SourceKey(i), SourceBody(i)));
        }
    }

    /// <summary>The sources of copies and their content.</summary>
    public static IEnumerable<(string Key, ObjectState State)> Sources() =>
        s_sourceSizes.Select((_, i) => (SourceKey(i), ObjectState.Of(SourceBody(i))));

    /// <summary>From now on, a failing connection is what we want.</summary>
    public void ExpectCrash() => _isCrashExpected = true;

    /// <summary>Runs writers until the crash; faults when anything goes wrong before it.</summary>
    /// <param name="writers">How many at once.</param>
    /// <param name="seed">Makes each writer's choices.</param>
    public Task RunAsync(int writers, int seed) =>
        Task.WhenAll(Enumerable.Range(0, writers).Select(writer => RunWriterAsync(TestSeed.Create(unchecked((seed * 397) + writer)))));

    /// <summary>Completes when this many further writes are acknowledged.</summary>
    public Task WhenAcknowledgedAsync(int further)
    {
        Volatile.Write(ref _goal, counts.Acknowledged + further);
        return _reached.Task;
    }

    private static string SourceKey(int i) => $"source/{i}";

    private static byte[] SourceBody(int i) => Payload.Create((ulong)(1000 + i), s_sourceSizes[i]);

    private async Task RunWriterAsync(Random random)
    {
        try
        {
            while (!_isCrashExpected)
            {
                await StepAsync(random, keys[random.Next(keys.Count)]);
            }
        }
        catch (Exception e) when (_isCrashExpected && e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The server is gone.
        }
        catch (S3RefusedException e) when (_isCrashExpected && (int)e.Answer.Status >= 500)
        {
        }
    }

    private async Task StepAsync(Random random, KeyHistory history)
    {
        switch (random.Next(100))
        {
            case < 55:
                var body = Payload.Create((ulong)random.NextInt64(), RandomSize(random));
                await WriteAsync(history, ObjectState.Of(body), () => client.PutAsync(bucket, history.Key, body), () => Interlocked.Increment(ref counts.Puts));
                break;
            case < 68:
                await WriteAsync(history, null, () => client.DeleteAsync(bucket, history.Key), () => Interlocked.Increment(ref counts.Deletes));
                break;
            case < 78:
                var source = random.Next(s_sourceSizes.Length);
                await WriteAsync(
                    history,
                    ObjectState.Of(SourceBody(source)),
                    () => client.CopyAsync(bucket, SourceKey(source), history.Key),
                    () => Interlocked.Increment(ref counts.Copies));
                break;
            case < 85:
                await UploadAsync(random, history);
                break;
            default:
                await ReadAsync(history);
                break;
        }
    }

    private async Task WriteAsync(KeyHistory history, ObjectState? state, Func<Task<S3Answer>> send, Action count)
    {
        var attempt = history.Begin(state);
        S3Answer answer;
        try
        {
            answer = await send();
        }
        catch
        {
            Interlocked.Increment(ref counts.Interrupted);
            throw;
        }

        if (answer.IsSuccess && !answer.Text.Contains("<Error>", StringComparison.Ordinal))
        {
            history.Acknowledge(attempt);
            count();
            if (counts.Acknowledged >= Volatile.Read(ref _goal))
            {
                _reached.TrySetResult();
            }
        }
        else if (answer.Status == HttpStatusCode.ServiceUnavailable)
        {
            Interlocked.Increment(ref counts.Busy);
        }
        else
        {
            throw new S3RefusedException(answer);
        }
    }

    private async Task UploadAsync(Random random, KeyHistory history)
    {
        byte[][] parts = [Payload.Create((ulong)random.NextInt64(), PartBytesMin), Payload.Create((ulong)random.NextInt64(), RandomSize(random))];
        var upload = await client.BeginUploadAsync(bucket, history.Key);
        var etags = await Task.WhenAll(parts.Select((part, index) =>
            client.UploadPartAsync(bucket, history.Key, upload, index + 1, part)));
        var state = ObjectState.Of(parts);
        if (random.Next(4) == 0)
        {
            _pending.Enqueue(new PendingUpload(history, upload, etags, state));
            return;
        }

        await WriteAsync(
            history, state, () => client.CompleteUploadAsync(bucket, history.Key, upload, etags), () => Interlocked.Increment(ref counts.Uploads));
    }

    private async Task ReadAsync(KeyHistory history)
    {
        var began = clock.Tick();
        var seen = await SeeAsync(client, bucket, history.Key);
        if (history.Objection(seen, began, clock.Tick()) is { } objection)
        {
            throw new InvalidOperationException("A read without a crash was wrong: " + objection);
        }

        Interlocked.Increment(ref counts.Reads);
    }

    /// <summary>What is at a key; <see langword="null"/> for nothing.</summary>
    public static async Task<ObjectState?> SeeAsync(SignedS3Client client, string bucket, string key)
    {
        var answer = await client.GetAsync(bucket, key);
        return answer.Status == HttpStatusCode.NotFound ? null : ObjectState.Of(SignedS3Client.Must(answer).Body);
    }

    /// <summary>Every order of magnitude alike, from 1 byte to 6 MiB.</summary>
    private static int RandomSize(Random random) =>
        Math.Clamp((int)Math.Pow(SizeBytesMax, random.NextDouble()), 1, SizeBytesMax);
}
