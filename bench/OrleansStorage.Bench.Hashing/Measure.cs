using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Bench.Hashing;

/// <summary>Times a piece of code: several runs, their median, and the CPU time the process took meanwhile.</summary>
internal static class Measure
{
    public const int Runs = 5;
    private static readonly TimeSpan RunTime = TimeSpan.FromMilliseconds(250);

    /// <summary>What the figures depend on.</summary>
    public static string Machine()
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Trim() : "unknown";
        var width = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        return $"{model?.Split(':')[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()}, "
            + $"{Environment.ProcessorCount} processors, {width}-bit vectors, {Md5Core.Lanes} MD5 lanes, "
            + $"{RuntimeInformation.FrameworkDescription}, load {load}; median of {Runs} runs";
    }

    /// <summary>Throughput of code on the calling thread, in GB per CPU second: other load on the machine hardly counts.</summary>
    public static double Throughput(long bytes, Action action)
    {
        // Long enough for the JIT to reach its last tier.
        OneRun(action);
        OneRun(action);
        var rates = new double[Runs];
        for (var run = 0; run < Runs; run++)
        {
            var (calls, cpu) = OneRun(action);
            rates[run] = calls * bytes / cpu.TotalSeconds / 1e9;
        }

        Array.Sort(rates);
        return rates[Runs / 2];
    }

    /// <summary>Wall throughput of asynchronous code in GB/s, and CPU time of the process per byte, in ns.</summary>
    public static async Task<(double Rate, double CpuNsPerByte)> ProcessAsync(long bytes, Func<Task> action)
    {
        await action();
        var runs = new (double Rate, double Cpu)[Runs];
        for (var run = 0; run < Runs; run++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            await action();
            runs[run] = (bytes / clock.Elapsed.TotalSeconds / 1e9, (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / bytes);
        }

        return (Median(runs.Select(run => run.Rate)), Median(runs.Select(run => run.Cpu)));
    }

    /// <summary>Prints a row with a figure and its ratio to a base.</summary>
    public static void Row(string name, double rate, double baseRate, string baseName) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-44} {rate,8:F2} GB/s  {rate / baseRate,6:F2} x {baseName}"));

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Runs / 2);

    private static (long Calls, TimeSpan Cpu) OneRun(Action action)
    {
        var calls = 0L;
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        do
        {
            action();
            calls++;
        }
        while (clock.Elapsed < RunTime);
        return (calls, Environment.CpuUsage.TotalTime - cpu);
    }
}
