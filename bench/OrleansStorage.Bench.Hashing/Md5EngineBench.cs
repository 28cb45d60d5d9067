using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using OrleansStorage.Hashing;

namespace OrleansStorage.Bench.Hashing;

/// <summary>
/// Streams of 8 MiB, appended to in pieces as an S3 body arrives, all at the same time on the thread pool: the engine
/// beside the framework's incremental MD5. Wall throughput depends on what else the machine does; CPU time does not.
/// </summary>
internal static class Md5EngineBench
{
    private const int StreamBytes = 8 * 1024 * 1024;
    private static readonly int[] StreamCounts = [1, 2, 4, 8, 16, 32];
    private static readonly int[] PieceBytes = [64 * 1024, 1024 * 1024];

    public static async Task RunAsync()
    {
        // Every stream has its own bytes, or the cache would make it look better than it is.
        var data = Enumerable.Range(1, StreamCounts.Max()).Select(CreateStream).ToArray();
        foreach (var piece in PieceBytes)
        {
            foreach (var streams in StreamCounts)
            {
                using var engine = new Md5Engine();
                var framework = await MeasureAsync(streams, i => FrameworkStreamAsync(data[i], piece));
                var before = engine.Statistics;
                var ours = await MeasureAsync(streams, i => EngineStreamAsync(engine, data[i], piece));
                Print(piece, streams, framework, ours, engine.Statistics, before);
            }
        }
    }

    private static byte[] CreateStream(int seed)
    {
        var data = new byte[StreamBytes];
        new Xorshift((ulong)seed).Fill(data);
        return data;
    }

    private static Task<(double Rate, double CpuNsPerByte)> MeasureAsync(int streams, Func<int, Task> stream)
    {
        // About the same amount of work for any number of streams.
        var rounds = Math.Max(1, 64 / streams);
        return Measure.ProcessAsync(
            (long)rounds * streams * StreamBytes,
            () => Task.WhenAll(Enumerable.Range(0, streams).Select(i => Task.Run(() => RepeatAsync(rounds, () => stream(i))))));
    }

    private static async Task RepeatAsync(int rounds, Func<Task> stream)
    {
        for (var i = 0; i < rounds; i++)
        {
            await stream();
        }
    }

    private static async Task EngineStreamAsync(Md5Engine engine, byte[] data, int piece)
    {
        using var stream = engine.CreateStream();
        for (var offset = 0; offset < data.Length; offset += piece)
        {
            await stream.AppendAsync(data.AsMemory(offset, piece));
            await Task.Yield();
        }

        var digest = new byte[16];
        stream.Finish(digest);
    }

    [SuppressMessage("Security", "CA5351", Justification = "The peer to compare with.")]
    private static async Task FrameworkStreamAsync(byte[] data, int piece)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        for (var offset = 0; offset < data.Length; offset += piece)
        {
            hash.AppendData(data.AsSpan(offset, piece));
            await Task.Yield();
        }

        hash.GetHashAndReset();
    }

    private static void Print(
        int piece,
        int streams,
        (double Rate, double CpuNsPerByte) framework,
        (double Rate, double CpuNsPerByte) ours,
        Md5EngineStatistics after,
        Md5EngineStatistics before)
    {
        var segments = after.Segments - before.Segments;
        var fill = segments == 0 ? 0 : (double)(after.SegmentLanes - before.SegmentLanes) / segments;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{streams,2} streams, {piece / 1024,4} KiB pieces: engine {ours.Rate,5:F2} GB/s wall, "
            + $"{1 / ours.CpuNsPerByte,5:F2} GB per CPU second, {ours.CpuNsPerByte * StreamBytes / 1e6,5:F2} ms CPU per 8 MiB, "
            + $"{fill,4:F1} lanes used; framework {framework.Rate,5:F2} GB/s wall, "
            + $"{framework.CpuNsPerByte * StreamBytes / 1e6,5:F2} ms; {framework.CpuNsPerByte / ours.CpuNsPerByte,5:F2} x per CPU"));
    }
}
