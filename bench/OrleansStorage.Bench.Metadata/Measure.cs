using System.Diagnostics;

namespace OrleansStorage.Bench.Metadata;

/// <summary>Counts operations for a while, and says what each cost.</summary>
internal sealed class Measure
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _seconds;
    private long _count;

    private Measure(double seconds) => _seconds = seconds;

    /// <summary>The time is not over.</summary>
    public bool GoesOn => _watch.Elapsed.TotalSeconds < _seconds;

    /// <summary>Some operations are done. For any number of threads.</summary>
    public void Add(int count) => Interlocked.Add(ref _count, count);

    /// <summary>Runs once to warm up and once to measure.</summary>
    public static async Task RunAsync(string name, BenchOptions options, Func<Measure, Task> run)
    {
        await run(new Measure(options.Seconds / 4));
        var (cpu, allocated) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var measure = new Measure(options.Seconds);
        await run(measure);
        var elapsed = measure._watch.Elapsed;
        var count = Math.Max(1, measure._count);
        Console.WriteLine(
            $"{name,-34} {count / elapsed.TotalSeconds,12:N0}/s {(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / count,10:N2} µs CPU each, "
            + $"{(GC.GetTotalAllocatedBytes() - allocated) / count,8:N0} B allocated");
    }
}
