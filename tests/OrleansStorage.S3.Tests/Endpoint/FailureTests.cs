using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansStorage.S3.Client;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Store.InMemory;
using OrleansStorage.S3.Transport;
using Xunit;

namespace OrleansStorage.S3.Tests.Endpoint;

public sealed class FailureTests
{
    [Fact]
    public void EveryStoreError_HasAnS3Error()
    {
        foreach (var error in Enum.GetValues<ObjectStoreError>())
        {
            Assert.InRange(ErrorTranslation.Translate(error).Status, 400, 599);
        }

        Assert.Equal(S3ErrorCode.InternalError, ErrorTranslation.Translate(new InvalidOperationException()).Error);
    }

    [Fact]
    public async Task BodyCutShort_StoresNothing()
    {
        var host = new S3Host();
        await host.InitializeAsync();
        var bucket = await host.CreateBucketAsync();

        await PutRawAsync(host, bucket, "Content-Length: 1000\r\n\r\nonly this", endsEarly: true);

        (await host.Client.HeadAsync(bucket, "key")).Require(404);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task BodyOfUnknownLength_IsStored_UpToTheLimit()
    {
        var host = new S3Host { Options = new S3Options { PutSizeBytesMax = 10 } };
        await host.InitializeAsync();
        var bucket = await host.CreateBucketAsync();
        const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";

        Assert.StartsWith("HTTP/1.1 200", await PutRawAsync(host, bucket, Chunked + "6\r\nfirst-\r\n4\r\nlast\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains("EntityTooLarge", await PutRawAsync(host, bucket, Chunked + "b\r\nfar-too-big\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains("MissingContentLength", await PutRawAsync(host, bucket, "\r\n"), StringComparison.Ordinal);

        Assert.Equal("first-last", (await host.Client.GetAsync(bucket, "key")).Text);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task PutBeyondTheLimit_IsRefusedBeforeItsBody()
    {
        var host = new S3Host { Options = new S3Options { PutSizeBytesMax = 1000 } };
        await host.InitializeAsync();
        var bucket = await host.CreateBucketAsync();

        (await host.Client.PutAsync(bucket, "key", new byte[1000])).Require(200);
        var refused = await host.Client.PutAsync(
            bucket, "key", new byte[1001], PayloadMode.UnsignedPayload, ("Expect", "100-continue"));

        Assert.Equal("EntityTooLarge", refused.Require(400).ErrorCode);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task SlowCompletion_KeepsTheClientWaiting_AndThenAnswers()
    {
        var time = new TimerSpy();
        var store = new SlowStore(new InMemoryObjectStore(), time.SecondTimer);
        var host = new S3Host { Store = store, Options = new S3Options { TimeProvider = time, KeepAliveInterval = TimeSpan.FromMilliseconds(1) } };
        await host.InitializeAsync();
        var bucket = await host.CreateBucketAsync();
        var uploadId = await host.Client.CreateUploadAsync(bucket, "key");
        var etag = (await host.Client.UploadPartAsync(bucket, "key", uploadId, 1, [1])).ETag;

        var done = await host.Client.CompleteAsync(bucket, "key", uploadId, [etag]);

        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", done.Require(200).Text, StringComparison.Ordinal);
        Assert.Equal("key", done.Value("Key"));
        Assert.True(await time.SecondTimer, "The answer did not begin before the work was done.");
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task AnswerThatBreaks_EndsTheConnection_AndIsLoggedUnlessTheClientLeft(bool isClientGone, int errors)
    {
        Exception failure = isClientGone ? new ReaderGoneException() : new ObjectStoreException(ObjectStoreError.DataLost, "lost");
        var log = new ErrorCounter();
        var host = new S3Host { Store = new BreakingStore(new InMemoryObjectStore(), failure), Logger = log };
        await host.InitializeAsync();
        var bucket = await host.CreateBucketAsync();
        (await host.Client.PutAsync(bucket, "key", S3Host.Bytes(1000))).Require(200);

        await Assert.ThrowsAsync<HttpRequestException>(() => host.Client.GetAsync(bucket, "key"));

        Assert.Equal(errors, log.Count);
        await host.DisposeAsync();
    }

    [Fact]
    public void LargeBlocks_AreGivenOutAgain_AndKeptWithinTheirBound()
    {
        using var pool = new LargeBlockMemoryPool(blockBytes: 8192, keptBytesMax: 2 * 8192);
        var first = pool.Rent();
        var rented = new[] { first, pool.Rent(8192), pool.Rent(1) };
        Assert.All(rented, block => Assert.Equal(8192, block.Memory.Length));
        foreach (var block in rented)
        {
            block.Dispose();
            block.Dispose();
        }

        Assert.Equal(2, pool.KeptCount);
        using var again = pool.Rent();
        Assert.Contains(again, rented);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(8193));
    }

    [Fact]
    public async Task Transport_RegistersTheLargeBlocks()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseS3Transport();
        await using var app = builder.Build();

        Assert.IsType<LargeBlockMemoryPoolFactory>(app.Services.GetRequiredService<IMemoryPoolFactory<byte>>());
    }

    /// <summary>Sends a signed PUT whose framing is the test's own, and returns the beginning of the answer.</summary>
    private static async Task<string> PutRawAsync(S3Host host, string bucket, string framingAndBody, bool endsEarly = false)
    {
        var now = TimeProvider.System.GetUtcNow();
        var headers = new Dictionary<string, string>
        {
            ["host"] = host.Endpoint.Authority,
            ["x-amz-date"] = S3Signer.Format(now),
            ["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD",
        };
        var (authorization, _) = new S3Signer("AKMAIN", "main-secret", "us-east-1").Sign(
            "PUT", $"/{bucket}/key", [], headers, "UNSIGNED-PAYLOAD", now);
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Endpoint.Host, host.Endpoint.Port);
        var stream = socket.GetStream();
        var lines = string.Concat(headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /{bucket}/key HTTP/1.1\r\n{lines}Authorization: {authorization}\r\n{framingAndBody}"));
        if (endsEarly)
        {
            socket.Client.Shutdown(SocketShutdown.Send);
        }

        // The server's last word, or the end of the connection: either way it is done with the request.
        try
        {
            var answer = new byte[4096];
            return Encoding.ASCII.GetString(answer, 0, await stream.ReadAsync(answer));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>The system's clock; says when a second timer is made: the first has ended then, and something was sent.</summary>
    private sealed class TimerSpy : TimeProvider
    {
        private readonly TaskCompletionSource<bool> _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _timers;

        public Task<bool> SecondTimer => _second.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (Interlocked.Increment(ref _timers) == 2)
            {
                _second.TrySetResult(true);
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    /// <summary>A completion here waits for a sign.</summary>
    private sealed class SlowStore(IObjectStore inner, Task sign) : ForwardingStore(inner)
    {
        public override async ValueTask<ObjectInfo> CompleteUploadAsync(
            string bucket,
            string key,
            string uploadId,
            IReadOnlyList<CompletedPart> parts,
            ObjectCommit commit,
            CancellationToken cancellationToken)
        {
            await sign.WaitAsync(cancellationToken);
            return await base.CompleteUploadAsync(bucket, key, uploadId, parts, commit, cancellationToken);
        }
    }

    /// <summary>Readers here end in the middle, with this failure.</summary>
    private sealed class BreakingStore(IObjectStore inner, Exception failure) : ForwardingStore(inner)
    {
        public override async ValueTask<IObjectReader?> OpenReadAsync(
            string bucket, string key, CancellationToken cancellationToken) =>
            await base.OpenReadAsync(bucket, key, cancellationToken) is { } reader ? new Reader(reader, failure) : null;

        private sealed class Reader(IObjectReader inner, Exception failure) : IObjectReader
        {
            public ObjectInfo Info => inner.Info;

            public async ValueTask CopyToAsync(
                PipeWriter destination, long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
            {
                await inner.CopyToAsync(destination, offsetBytes, lengthBytes / 2, cancellationToken);
                throw failure;
            }

            public ValueTask<ObjectPart?> FindPartAsync(int partNumber, CancellationToken cancellationToken) =>
                inner.FindPartAsync(partNumber, cancellationToken);

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }

    /// <summary>Counts what is logged as an error.</summary>
    private sealed class ErrorCounter : ILogger<S3RequestHandler>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Interlocked.Increment(ref _count);
    }

    /// <summary>Passes everything on.</summary>
    private abstract class ForwardingStore(IObjectStore inner) : IObjectStore
    {
        public virtual ValueTask<ObjectInfo> CompleteUploadAsync(
            string bucket,
            string key,
            string uploadId,
            IReadOnlyList<CompletedPart> parts,
            ObjectCommit commit,
            CancellationToken cancellationToken) =>
            inner.CompleteUploadAsync(bucket, key, uploadId, parts, commit, cancellationToken);

        public ValueTask<BucketInfo> CreateBucketAsync(string bucket, string ownerId, CancellationToken cancellationToken) =>
            inner.CreateBucketAsync(bucket, ownerId, cancellationToken);

        public ValueTask<BucketInfo?> FindBucketAsync(string bucket, CancellationToken cancellationToken) =>
            inner.FindBucketAsync(bucket, cancellationToken);

        public ValueTask DeleteBucketAsync(string bucket, CancellationToken cancellationToken) =>
            inner.DeleteBucketAsync(bucket, cancellationToken);

        public ValueTask<IReadOnlyList<BucketInfo>> ListBucketsAsync(
            string? ownerId, string prefix, string after, int limit, CancellationToken cancellationToken) =>
            inner.ListBucketsAsync(ownerId, prefix, after, limit, cancellationToken);

        public ValueTask<ObjectInfo?> FindObjectAsync(string bucket, string key, CancellationToken cancellationToken) =>
            inner.FindObjectAsync(bucket, key, cancellationToken);

        public virtual ValueTask<IObjectReader?> OpenReadAsync(
            string bucket, string key, CancellationToken cancellationToken) =>
            inner.OpenReadAsync(bucket, key, cancellationToken);

        public IObjectWriter OpenWriter(string bucket, string key, IContentDigest digest, long? lengthHint) =>
            inner.OpenWriter(bucket, key, digest, lengthHint);

        public ValueTask<bool> DeleteObjectAsync(
            string bucket, string key, WriteCondition condition, CancellationToken cancellationToken) =>
            inner.DeleteObjectAsync(bucket, key, condition, cancellationToken);

        public ValueTask<ObjectListing> ListObjectsAsync(string bucket, ListQuery query, CancellationToken cancellationToken) =>
            inner.ListObjectsAsync(bucket, query, cancellationToken);

        public ValueTask<UploadInfo> CreateUploadAsync(
            string bucket, string key, UploadRequest request, CancellationToken cancellationToken) =>
            inner.CreateUploadAsync(bucket, key, request, cancellationToken);

        public ValueTask<UploadInfo?> FindUploadAsync(
            string bucket, string key, string uploadId, CancellationToken cancellationToken) =>
            inner.FindUploadAsync(bucket, key, uploadId, cancellationToken);

        public IPartWriter OpenPartWriter(
            string bucket, string key, string uploadId, int partNumber, IContentDigest digest, long? lengthHint) =>
            inner.OpenPartWriter(bucket, key, uploadId, partNumber, digest, lengthHint);

        public ValueTask<IReadOnlyList<PartInfo>> ListPartsAsync(
            string bucket, string key, string uploadId, int afterPartNumber, int limit, CancellationToken cancellationToken) =>
            inner.ListPartsAsync(bucket, key, uploadId, afterPartNumber, limit, cancellationToken);

        public ValueTask AbortUploadAsync(string bucket, string key, string uploadId, CancellationToken cancellationToken) =>
            inner.AbortUploadAsync(bucket, key, uploadId, cancellationToken);

        public ValueTask<UploadListing> ListUploadsAsync(
            string bucket, UploadQuery query, CancellationToken cancellationToken) =>
            inner.ListUploadsAsync(bucket, query, cancellationToken);
    }
}
