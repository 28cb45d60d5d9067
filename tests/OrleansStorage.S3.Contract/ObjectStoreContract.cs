using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Contract;

/// <summary>What every <see cref="IObjectStore"/> does: derive a test class from it and make the store.</summary>
/// <remarks>Each test has a bucket of its own, so one store may serve all of them.</remarks>
public abstract partial class ObjectStoreContract : IAsyncLifetime
{
    protected const string Owner = "owner-1";
    protected const string OtherOwner = "owner-2";

    private static int _lastBucket;

    private IObjectStore? _store;

    /// <summary>The store under test.</summary>
    protected IObjectStore Store => _store ?? throw new InvalidOperationException("The test has not begun.");

    /// <summary>A bucket of this test, empty, that belongs to <see cref="Owner"/>.</summary>
    protected string Bucket { get; } = $"contract-{Interlocked.Increment(ref _lastBucket):d6}";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _store = await OpenStoreAsync();
        await Store.CreateBucketAsync(Bucket, Owner, default);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await CloseStoreAsync();

    /// <summary>Opens the store for one test.</summary>
    protected abstract ValueTask<IObjectStore> OpenStoreAsync();

    /// <summary>Ends what <see cref="OpenStoreAsync"/> began.</summary>
    protected virtual ValueTask CloseStoreAsync() => ValueTask.CompletedTask;

    /// <summary>Least bytes of a part that the store takes; S3's own minimum is the front end's business.</summary>
    protected virtual int PartBytes => 64 * 1024;

    /// <summary>Runs an operation that must fail.</summary>
    protected static async Task FailsAsync(ObjectStoreError expected, Func<Task> operation)
    {
        var failure = await Assert.ThrowsAsync<ObjectStoreException>(operation);
        Assert.Equal(expected, failure.Error);
    }

    protected static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        TestSeed.Create(seed).NextBytes(bytes);
        return bytes;
    }

    protected Task<ObjectInfo> PutAsync(string key, byte[] content, WriteCondition condition = default) =>
        PutAsync(key, content, new ObjectCommit { OwnerId = Owner, ETag = Md5(content), Condition = condition });

    protected async Task<ObjectInfo> PutAsync(string key, byte[] content, ObjectCommit commit)
    {
        var digest = new RecordingDigest();
        await using var writer = Store.OpenWriter(Bucket, key, digest, content.Length);
        await FillAsync(writer, content);
        Assert.Equal(content, digest.Seen);
        return await writer.CommitAsync(commit, default);
    }

    protected async Task<PartInfo> PutPartAsync(
        string key, string uploadId, int number, byte[] content, ObjectChecksum? checksum = null)
    {
        var digest = new RecordingDigest();
        await using var writer = Store.OpenPartWriter(Bucket, key, uploadId, number, digest, content.Length);
        await FillAsync(writer, content);
        Assert.Equal(content, digest.Seen);
        return await writer.CommitAsync(new PartCommit(Md5(content), checksum), default);
    }

    protected static async Task FillAsync(IBodyWriter writer, ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var memory = writer.GetMemory();
            Assert.NotEqual(0, memory.Length);
            var count = Math.Min(memory.Length, content.Length);
            content[..count].CopyTo(memory);
            await writer.AdvanceAsync(count, default);
            content = content[count..];
        }

        await writer.FinishAsync(default);
    }

    protected async Task<byte[]> GetAsync(string key)
    {
        await using var reader = await Store.OpenReadAsync(Bucket, key, default);
        Assert.NotNull(reader);
        return await ReadAsync(reader, 0, reader.Info.SizeBytes);
    }

    protected static async Task<byte[]> ReadAsync(IObjectReader reader, long offset, long length)
    {
        using var stream = new MemoryStream();
        var pipe = System.IO.Pipelines.PipeWriter.Create(stream, new(leaveOpen: true));
        await reader.CopyToAsync(pipe, offset, length, default);
        await pipe.FlushAsync();
        return stream.ToArray();
    }

    protected async Task<UploadInfo> BeginAsync(string key, ChecksumAlgorithm? algorithm = null, ChecksumType? type = null) =>
        await Store.CreateUploadAsync(Bucket, key, new UploadRequest(Owner, ObjectHeaders.Empty, algorithm, type), default);

    protected async Task<ObjectInfo> CompleteAsync(UploadInfo upload, string etag, params PartInfo[] parts) =>
        await Store.CompleteUploadAsync(
            Bucket,
            upload.Key,
            upload.UploadId,
            Array.ConvertAll(parts, part => new CompletedPart(part.Number, part.ETag)),
            new ObjectCommit { OwnerId = Owner, ETag = etag },
            default);

#pragma warning disable CA5351 // MD5 is what an ETag is.
    protected static string Md5(byte[] content) =>
        Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(content));
#pragma warning restore CA5351
}
