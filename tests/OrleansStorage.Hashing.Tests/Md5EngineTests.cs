using Xunit;

namespace OrleansStorage.Hashing.Tests;

/// <summary>The engine on the real thread pool: what the hand-driven tests cannot show.</summary>
public sealed class Md5EngineTests
{
    private const int StreamCount = 32;

    [Fact]
    public async Task ConcurrentStreams_AgreeWithTheFramework()
    {
        var seed = TestSeed.Next();
        var data = RandomBytes(seed, 2 * 1024 * 1024);
        using var engine = new Md5Engine();
        var digests = await Task.WhenAll(Enumerable.Range(0, StreamCount).Select(i => Task.Run(() => HashAsync(engine, data, seed, i))));

        for (var i = 0; i < StreamCount; i++)
        {
            Assert.True(ReferenceMd5.Of(data.AsSpan(i, LengthOf(data, seed, i))).AsSpan().SequenceEqual(digests[i]), $"seed {seed}, stream {i}");
        }

        Assert.True(engine.Statistics.LaneBytes > 0, $"seed {seed}: no stream met another: {engine.Statistics}");
    }

    [Fact]
    public async Task StreamsDisposedWhileTheyAreComputed_DisturbNoOther()
    {
        var seed = TestSeed.Next();
        var data = RandomBytes(seed, 1024 * 1024);
        using var engine = new Md5Engine();
        var abandoned = 0;
        var expected = ReferenceMd5.Of(data);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => i % 2 == 0 ? FinishManyAsync() : DisposeManyAsync())));

        Assert.True(abandoned > 0, $"seed {seed}: no append was in flight when its stream was disposed");

        async Task FinishManyAsync()
        {
            for (var i = 0; i < 10; i++)
            {
                using var stream = engine.CreateStream();
                await stream.AppendAsync(data);
                var digest = new byte[16];
                stream.Finish(digest);
                Assert.Equal(expected, digest);
            }
        }

        async Task DisposeManyAsync()
        {
            using var other = engine.CreateStream();
            for (var i = 0; i < 10; i++)
            {
                // Not alone, so the next append is queued.
                await other.AppendAsync(data.AsMemory(0, 16 * 1024));
                using var stream = engine.CreateStream();
                var append = stream.AppendAsync(data).AsTask();
                stream.Dispose();
                try
                {
                    await append;
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref abandoned);
                }
            }
        }
    }

    /// <summary>
    /// Goal: blocking waits end even when every thread of the pool waits.
    /// Method: an executor that never runs anything stands for that pool. A blocking wait ends by a continuation, so that
    /// must not need the executor either: it runs on the engine's own thread.
    /// </summary>
    [Fact]
    public async Task ExecutorThatNeverRuns_DoesNotHoldUpAppends()
    {
        var options = new Md5EngineOptions { Executor = new ManualExecutor(), RescueAfter = TimeSpan.FromMilliseconds(1) };
        using var engine = new Md5Engine(options);
        using var first = engine.CreateStream();
        using var second = engine.CreateStream();
        var data = RandomBytes(1, 256 * 1024);
        await first.AppendAsync(data);
        for (var i = 1; i <= 3; i++)
        {
            var stream = i % 2 == 0 ? first : second;
            Assert.Equal("MD5 rescue", await AppendAndNameThreadAsync(stream));
        }

        Assert.True(engine.Statistics.Rescues > 0);
        var digest = new byte[16];
        first.Finish(digest);
        Assert.Equal(ReferenceMd5.Of([.. data, .. data]), digest);

        async Task<string?> AppendAndNameThreadAsync(Md5Stream stream)
        {
            await stream.AppendAsync(data).ConfigureAwait(false);
            return Thread.CurrentThread.Name;
        }
    }

    private static int LengthOf(byte[] data, int seed, int stream) =>
        TestSeed.Create(seed + stream).Next(data.Length / 2, data.Length - StreamCount);

    private static async Task<byte[]> HashAsync(Md5Engine engine, byte[] data, int seed, int index)
    {
        var random = TestSeed.Create(seed * 31 + index);
        var length = LengthOf(data, seed, index);
        using var stream = engine.CreateStream();
        for (var offset = 0; offset < length;)
        {
            var count = Math.Min(random.Next(256 * 1024), length - offset);
            await stream.AppendAsync(data.AsMemory(index + offset, count));
            await Task.Yield();
            offset += count;
        }

        var digest = new byte[16];
        stream.Finish(digest);
        return digest;
    }

    private static byte[] RandomBytes(int seed, int length)
    {
        var data = new byte[length];
        TestSeed.Create(seed).NextBytes(data);
        return data;
    }
}
