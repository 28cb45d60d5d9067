using OrleansStorage.Hashing.MultiBuffer;
using Xunit;

namespace OrleansStorage.Hashing.Tests;

/// <summary>Who computes what, with an executor that runs by hand: no thread, no time, every interleaving chosen.</summary>
public sealed class Md5QueueTests
{
    private const int SegmentBytes = Md5Combiner.SegmentBlocksMax * Md5State.BlockBytes;
    private const int AppendBytes = 3 * SegmentBytes;

    private readonly ManualExecutor _executor = new();
    private readonly byte[] _data = CreateData();

    [Fact]
    public async Task LonelyStream_IsComputedByItsCaller()
    {
        using var engine = CreateEngine();
        using var stream = engine.CreateStream();
        for (var i = 0; i < 3; i++)
        {
            var append = stream.AppendAsync(_data.AsMemory(i * AppendBytes, AppendBytes)).AsTask();
            Assert.True(append.IsCompletedSuccessfully);
            await append;
        }

        Assert.Equal(0, _executor.Count);
        Assert.Equal(3 * AppendBytes, engine.Statistics.AloneBytes);
        AssertDigest(stream, 3 * AppendBytes);
    }

    [Fact]
    public async Task StreamAfterAFinishedOne_IsAloneAtOnce()
    {
        using var engine = CreateEngine();
        for (var i = 0; i < 3; i++)
        {
            using var stream = engine.CreateStream();
            var append = stream.AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();
            Assert.True(append.IsCompletedSuccessfully);
            await append;
            if (i % 2 == 0)
            {
                AssertDigest(stream, AppendBytes);
            }
        }

        Assert.Equal(3 * AppendBytes, engine.Statistics.AloneBytes);
    }

    [Fact]
    public async Task SmallAppends_NeverWait()
    {
        using var engine = CreateEngine();
        using var first = engine.CreateStream();
        using var second = engine.CreateStream();
        await first.AppendAsync(_data.AsMemory(0, AppendBytes));
        var queued = second.AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();
        var small = first.AppendAsync(_data.AsMemory(AppendBytes, (16 * 1024) - 1)).AsTask();

        Assert.True(small.IsCompletedSuccessfully);
        Assert.False(queued.IsCompleted);
        _executor.RunAll();
        await queued;
    }

    [Theory]
    [MemberData(nameof(Md5CoreTests.Widths), MemberType = typeof(Md5CoreTests))]
    public async Task ManyStreams_ShareTheLanes(int width)
    {
        using var engine = CreateEngine(width);
        var streams = Enumerable.Range(0, (2 * width) + 1).Select(_ => engine.CreateStream()).ToArray();
        await streams[0].AppendAsync(_data.AsMemory(0, AppendBytes));
        var appends = streams[1..].Select((stream, i) => stream.AppendAsync(_data.AsMemory(i * 64, AppendBytes)).AsTask()).ToArray();

        Assert.Equal(2, _executor.Count);
        Assert.All(appends, append => Assert.False(append.IsCompleted));
        _executor.RunAll();
        await Task.WhenAll(appends);

        var statistics = engine.Statistics;
        Assert.Equal(2 * width * (long)AppendBytes, statistics.LaneBytes);
        Assert.Equal(width, statistics.SegmentLanes / statistics.Segments);
        Assert.All(streams[1..].Index(), pair => AssertDigest(pair.Item, AppendBytes, pair.Index * 64));
        Assert.All(streams, stream => stream.Dispose());
    }

    [Fact]
    public async Task StreamsThatComeDuringASegment_JoinAtTheNext()
    {
        if (Md5Core.Lanes == 1)
        {
            // A processor without vectors: there is nothing to join.
            return;
        }

        using var engine = CreateEngine();
        var streams = Enumerable.Range(0, 3).Select(_ => engine.CreateStream()).ToArray();
        await streams[0].AppendAsync(_data.AsMemory(0, AppendBytes));
        _executor.HasOtherWork = true;
        var first = streams[1].AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();
        _executor.RunOne();
        var second = streams[2].AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();
        Assert.Equal(1, _executor.Count);

        _executor.RunOne();
        _executor.RunOne();
        await first;
        Assert.False(second.IsCompleted);
        _executor.RunAll();
        await second;

        Assert.Equal((4, 6), (engine.Statistics.Segments, engine.Statistics.SegmentLanes));
        Assert.All(streams, stream => AssertDigest(stream, AppendBytes));
    }

    [Fact]
    public async Task CombinersAreBounded_AndStartOnlyForAFullVector()
    {
        using var engine = CreateEngine(combinersMax: 2);
        var streams = Enumerable.Range(0, 5 * Md5Core.Lanes).Select(_ => engine.CreateStream()).ToArray();
        List<Task> appends = [];
        var combiners = streams.Select(stream =>
        {
            appends.Add(stream.AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask());
            return _executor.Count;
        }).ToArray();

        // The first is computed at once; then one combiner, and a second when a vector of jobs finds no lane in it.
        Assert.Equal(0, combiners[0]);
        Assert.All(combiners[1..(2 * Md5Core.Lanes)], count => Assert.Equal(1, count));
        Assert.All(combiners[(2 * Md5Core.Lanes)..], count => Assert.Equal(2, count));
        _executor.RunAll();
        await Task.WhenAll(appends);
        Assert.All(streams, stream => AssertDigest(stream, AppendBytes));
        Assert.All(streams, stream => stream.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelledAppend_Throws_AndTheStreamIsLost(bool isClaimed)
    {
        using var engine = CreateEngine();
        using var cancellation = new CancellationTokenSource();
        using var first = engine.CreateStream();
        using var second = engine.CreateStream();
        await first.AppendAsync(_data.AsMemory(0, AppendBytes));
        var append = second.AppendAsync(_data.AsMemory(0, AppendBytes), cancellation.Token).AsTask();
        _executor.HasOtherWork = true;
        if (isClaimed)
        {
            _executor.RunOne();
        }

        await cancellation.CancelAsync();
        _executor.RunAll();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Contains(
            "cancelled", Assert.Throws<InvalidOperationException>(() => second.Finish(new byte[16])).Message,
            StringComparison.Ordinal);
        Assert.Equal(isClaimed ? SegmentBytes : 0, engine.Statistics.LaneBytes);
    }

    [Fact]
    public async Task TokenCancelledBefore_AppendsNothing()
    {
        using var engine = CreateEngine();
        using var stream = engine.CreateStream();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await stream.AppendAsync(_data.AsMemory(0, AppendBytes), new CancellationToken(canceled: true)));

        stream.Append(_data.AsSpan(0, 100));
        AssertDigest(stream, 100);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Dispose_EndsTheAppendInFlight_WithoutATurn(bool isClaimed, bool ofTheEngine)
    {
        using var engine = CreateEngine();
        using var first = engine.CreateStream();
        using var second = engine.CreateStream();
        await first.AppendAsync(_data.AsMemory(0, AppendBytes));
        var append = second.AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();
        _executor.HasOtherWork = true;
        if (isClaimed)
        {
            _executor.RunOne();
        }

        (ofTheEngine ? (IDisposable)engine : second).Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => append);
        var bytes = engine.Statistics.LaneBytes;
        _executor.RunAll();
        Assert.Equal(bytes, engine.Statistics.LaneBytes);
    }

    [Fact]
    public async Task OverlappingAndLateCalls_AreRefused()
    {
        using var engine = CreateEngine();
        using var first = engine.CreateStream();
        var second = engine.CreateStream();
        await first.AppendAsync(_data.AsMemory(0, AppendBytes));
        _ = second.AppendAsync(_data.AsMemory(0, AppendBytes)).AsTask();

        Assert.Throws<InvalidOperationException>(() => second.Append(_data));
        Assert.Throws<InvalidOperationException>(() => second.Finish(new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => first.Finish(new byte[15]));
        AssertDigest(first, AppendBytes);
        Assert.Throws<InvalidOperationException>(() => first.Finish(new byte[16]));
        second.Dispose();
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => second.Append(_data));
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(engine.CreateStream);
    }

    [Fact]
    public void Options_AreChecked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Md5Engine(new Md5EngineOptions { CombinersMax = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Md5Engine(new Md5EngineOptions { QueuedBytesMin = 0 }));
        Assert.Throws<PlatformNotSupportedException>(() => new Md5Engine(new Md5EngineOptions { LanesMax = 5 }));
    }

    [Fact]
    public void QueuedAppends_DoNotAllocate()
    {
        using var engine = CreateEngine();
        using var first = engine.CreateStream();
        using var second = engine.CreateStream();
        Run(20);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(50);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2 * 70 * 16 * 1024, engine.Statistics.LaneBytes + engine.Statistics.AloneBytes);
        Assert.True(engine.Statistics.LaneBytes > 70 * 16 * 1024);

        void Run(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                var one = first.AppendAsync(_data.AsMemory(0, 16 * 1024));
                var other = second.AppendAsync(_data.AsMemory(0, 16 * 1024));
                _executor.RunAll();
#pragma warning disable VSTHRD002 // Both are complete: an async method would allocate a state machine in Debug.
                one.GetAwaiter().GetResult();
                other.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            }
        }
    }

    /// <summary>
    /// Goal: no order of appends, turns, cancellations and disposals gives a wrong digest, loses an append or a turn.
    /// Method: random histories over streams that each know how much of the data they were given.
    /// </summary>
    [Theory]
    [MemberData(nameof(Md5CoreTests.Widths), MemberType = typeof(Md5CoreTests))]
    public async Task RandomHistories_GiveTheDigestsOfTheFramework(int width)
    {
        var seed = TestSeed.Next();
        var history = new Md5History(TestSeed.Create(seed), _executor, CreateEngine(width, combinersMax: 2), _data);
        try
        {
            for (var step = 0; step < 1000; step++)
            {
                await history.StepAsync();
            }

            await history.EndAsync();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed}, width {width}: {history}", failure);
        }

        Assert.True(
            history is { Digests: > 30, Cancelled: > 3, Disposed: > 3, Queued: > 100 }, $"seed {seed}, width {width}: {history}");
    }

    private static byte[] CreateData()
    {
        var data = new byte[4 * AppendBytes];
        TestSeed.Create(1).NextBytes(data);
        return data;
    }

    private Md5Engine CreateEngine(int? width = null, int combinersMax = 2) => new(new Md5EngineOptions
    {
        CombinersMax = combinersMax,
        LanesMax = width ?? Md5Core.Lanes,
        Executor = _executor,
        RescueAfter = Timeout.InfiniteTimeSpan,
    });

    private void AssertDigest(Md5Stream stream, int length, int offset = 0)
    {
        var digest = new byte[16];
        stream.Finish(digest);
        Assert.Equal(ReferenceMd5.Of(_data.AsSpan(offset, length)), digest);
    }
}
