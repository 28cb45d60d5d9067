using System.IO.Pipelines;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>A client that does random things with a few keys and writes down what it was told.</summary>
/// <param name="history">Takes every answer.</param>
/// <param name="chooseStore">A front end that lives, or null when there is none at this moment.</param>
/// <param name="powerLost">Completes when everything stops at once.</param>
/// <param name="random">Decides.</param>
/// <param name="time">Waits.</param>
/// <param name="newValue">Numbers contents.</param>
internal sealed class SimulatedClient(
    History history,
    Func<IObjectStore?> chooseStore,
    Task powerLost,
    Random random,
    TimeProvider time,
    Func<long> newValue)
{
    public const string Bucket = "bucket";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<string> Keys { get; } = ["a", "a/b", "a/b/1", "é"];

    /// <summary>Does so many operations, or fewer when the power goes.</summary>
    public async Task RunAsync(int operations)
    {
        for (var i = 0; i < operations && !powerLost.IsCompleted; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200)), time);
            if (chooseStore() is { } store)
            {
                await OneAsync(store);
            }
        }
    }

    private Task OneAsync(IObjectStore store)
    {
        var key = Keys[random.Next(Keys.Count)];
        return random.Next(12) switch
        {
            < 3 => WriteAsync(key, OperationKind.Write, newValue(), 0, (value, _) => PutAsync(store, key, value, default)),
            3 => WriteAsync(key, OperationKind.WriteIfNone, newValue(), 0, (value, _) =>
                PutAsync(store, key, value, new WriteCondition(IfNoneMatch: "*"))),
            4 => ReplaceAsync(store, key),
            5 => WriteAsync(key, OperationKind.Write, 0, 0, (_, _) =>
                store.DeleteObjectAsync(Bucket, key, default, CancellationToken.None).AsTask()),
            6 => WriteAsync(key, OperationKind.Write, newValue(), 0, (value, _) => MultipartAsync(store, key, value)),
            7 => ListAsync(store),
            _ => ReadAsync(store, key),
        };
    }

    private async Task ReplaceAsync(IObjectStore store, string key)
    {
        var current = await TryAsync(async () => await store.FindObjectAsync(Bucket, key, CancellationToken.None));
        if (current.Value is { } info)
        {
            var expected = Content.IdOf(info.ETag);
            await WriteAsync(key, OperationKind.WriteIfMatch, newValue(), expected, (value, _) =>
                PutAsync(store, key, value, new WriteCondition(IfMatch: info.ETag)));
        }
    }

    private async Task WriteAsync(
        string key, OperationKind kind, long value, long expected, Func<long, long, Task> write)
    {
        var begun = history.Tick();
        var result = await TryAsync<object?>(async () =>
        {
            await write(value, expected);
            return null;
        });
        switch (result.Error)
        {
            case null when result.IsAnswered:
                history.Add(key, kind, value, begun, expected);
                break;
            case ObjectStoreError.PreconditionFailed when kind == OperationKind.WriteIfNone:
                history.Add(key, OperationKind.RefusedAsPresent, 0, begun);
                break;
            case ObjectStoreError.PreconditionFailed or ObjectStoreError.NoSuchKey when kind == OperationKind.WriteIfMatch:
                history.Add(key, OperationKind.RefusedAsOther, 0, begun, expected);
                break;
            case null or ObjectStoreError.Unavailable or ObjectStoreError.NoSuchUpload:
                history.AddOpen(key, kind, value, begun, expected);
                break;
            default:
                throw new InvalidOperationException($"{kind} of {key} ended with {result.Error}.");
        }
    }

    private async Task ReadAsync(IObjectStore store, string key)
    {
        var begun = history.Tick();
        var result = await TryAsync(() => GetAsync(store, key));
        if (result.IsAnswered && result.Error is null)
        {
            history.Add(key, OperationKind.Read, result.Value, begun);
        }
        else if (result.Error is not (null or ObjectStoreError.Unavailable))
        {
            throw new InvalidOperationException($"Read of {key} ended with {result.Error}.");
        }
    }

    private async Task ListAsync(IObjectStore store)
    {
        var begun = history.Tick();
        var result = await TryAsync(async () => await store.ListObjectsAsync(
            Bucket, new ListQuery("", "", "", 1000), CancellationToken.None));
        if (result.Value is { } listing)
        {
            var seen = listing.Objects.ToDictionary(o => o.Key, o => Content.IdOf(o.ETag));
            foreach (var key in Keys)
            {
                history.Add(key, OperationKind.Read, seen.GetValueOrDefault(key), begun);
            }
        }
    }

    private Task PutAsync(IObjectStore store, string key, long value, WriteCondition condition) =>
        PutAsync(store, Bucket, key, value, condition, isLengthKnown: random.Next(2) != 0);

    /// <summary>Writes an object of a content.</summary>
    public static Task PutAsync(
        IObjectStore store, string bucket, string key, long value, WriteCondition condition, bool isLengthKnown = true) => UseAsync(
        store.OpenWriter(bucket, key, NullDigest.Instance, isLengthKnown ? Length(value) : null),
        async writer =>
        {
            await FillAsync(writer, value, 0, Length(value));
            await writer.CommitAsync(
                new ObjectCommit { OwnerId = "me", ETag = Content.ETag(value), Condition = condition },
                CancellationToken.None);
        });

    private async Task MultipartAsync(IObjectStore store, string key, long value)
    {
        var upload = await store.CreateUploadAsync(
            Bucket, key, new UploadRequest("me", ObjectHeaders.Empty, null, null), CancellationToken.None);
        var first = Length(value) / 2;
        await PartAsync(store, upload, 7, value, first, Length(value) - first);
        await PartAsync(store, upload, 2, value, 0, first);
        await PartAsync(store, upload, 9, value, 0, 10);
        if (random.Next(4) == 0)
        {
            await store.AbortUploadAsync(Bucket, key, upload.UploadId, CancellationToken.None);
            throw new ObjectStoreException(ObjectStoreError.NoSuchUpload, "Aborted on purpose.");
        }

        var parts = new CompletedPart[] { new(2, Content.ETag(2)), new(7, Content.ETag(7)) };
        var commit = new ObjectCommit { OwnerId = "me", ETag = Content.ETag(value) };
        try
        {
            await store.CompleteUploadAsync(Bucket, key, upload.UploadId, parts, commit, CancellationToken.None);
        }
        catch (ObjectStoreException e) when (e.IsTransient)
        {
            await store.CompleteUploadAsync(Bucket, key, upload.UploadId, parts, commit, CancellationToken.None);
        }
    }

    private static Task PartAsync(IObjectStore store, UploadInfo upload, int number, long value, long offset, long length) =>
        UseAsync(
            store.OpenPartWriter(Bucket, upload.Key, upload.UploadId, number, NullDigest.Instance, null),
            async writer =>
            {
                await FillAsync(writer, value, offset, length);
                await writer.CommitAsync(new PartCommit(Content.ETag(number), null), CancellationToken.None);
            });

    private static async Task UseAsync<T>(T writer, Func<T, Task> use)
        where T : IBodyWriter
    {
        await using (writer)
        {
            await use(writer);
        }
    }

    private static async Task FillAsync(IBodyWriter writer, long value, long offset, long length)
    {
        var end = offset + length;
        while (offset < end)
        {
            var memory = writer.GetMemory();
            var count = (int)Math.Min(memory.Length, end - offset);
            Content.Fill(value, offset, memory.Span[..count]);
            await writer.AdvanceAsync(count, CancellationToken.None);
            offset += count;
        }

        await writer.FinishAsync(CancellationToken.None);
    }

    /// <summary>Reads an object whole and checks every byte; 0 when there is none.</summary>
    public static async Task<long> GetAsync(IObjectStore store, string key)
    {
        var reader = await store.OpenReadAsync(Bucket, key, CancellationToken.None);
        if (reader is null)
        {
            return 0;
        }

        await using (reader)
        {
            var value = Content.IdOf(reader.Info.ETag);
            if (reader.Info.SizeBytes != Length(value))
            {
                throw new InvalidOperationException($"{key} has {reader.Info.SizeBytes} bytes, not {Length(value)}.");
            }

            using var received = new MemoryStream();
            var pipe = PipeWriter.Create(received, new StreamPipeWriterOptions(leaveOpen: true));
            await reader.CopyToAsync(pipe, 0, reader.Info.SizeBytes, CancellationToken.None);
            await pipe.CompleteAsync();
            return received.Length == reader.Info.SizeBytes && Content.Matches(value, 0, received.ToArray())
                ? value
                : throw new InvalidOperationException($"{key} does not read back as it was written ({value}).");
        }
    }

    /// <summary>Length of a content: mostly short, now and then of several blobs, sometimes empty.</summary>
    public static long Length(long value) => (value % 8) switch
    {
        0 => 0,
        1 or 2 => 70_000 + (value * 7919 % 100_000),
        _ => 1 + (value * 31 % 5_000),
    };

    private async Task<Answer<T>> TryAsync<T>(Func<Task<T>> operation)
    {
        var running = GuardedAsync(operation);
        await Task.WhenAny(running, powerLost, Task.Delay(Patience, time));
        return running.IsCompleted ? await running : new Answer<T>(IsAnswered: false, Error: null, Value: default);
    }

    private static async Task<Answer<T>> GuardedAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return new Answer<T>(IsAnswered: true, Error: null, await operation());
        }
        catch (ObjectStoreException e)
        {
            return new Answer<T>(IsAnswered: true, e.Error, default);
        }
    }

    private readonly record struct Answer<T>(bool IsAnswered, ObjectStoreError? Error, T? Value);
}
