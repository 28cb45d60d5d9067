using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OrleansStorage.Erasure.Kernels;

namespace OrleansStorage.Bench.Erasure;

/// <summary>Times pieces of code that do the same, in turns, so that what disturbs the machine disturbs all of them.</summary>
internal static class Measure
{
    public const int Runs = 7;
    private static readonly TimeSpan RunTime = TimeSpan.FromMilliseconds(25);

    /// <summary>What the figures depend on.</summary>
    public static string Machine()
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Trim() : "unknown";
        var width = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        return $"{model?.Split(':')[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()}, "
            + $"{Environment.ProcessorCount} processors, {width}-bit vectors, fastest path {GaloisKernel.Fastest}, "
            + $"{RuntimeInformation.FrameworkDescription}, load {load}; "
            + $"one core, GB of data per CPU second, median of {Runs} runs in turns";
    }

    /// <summary>Throughput of each action on the calling thread, in GB per CPU second.</summary>
    public static double[] InTurns(long bytes, IReadOnlyList<Action> actions)
    {
        var rates = actions.Select(_ => new double[Runs]).ToArray();
        foreach (var action in actions)
        {
            OneRun(bytes, action);
        }

        for (var run = 0; run < Runs; run++)
        {
            for (var i = 0; i < actions.Count; i++)
            {
                rates[i][run] = OneRun(bytes, actions[i]);
            }
        }

        return [.. rates.Select(values => values.Order().ElementAt(Runs / 2))];
    }

    private static double OneRun(long bytes, Action action)
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
        return calls * bytes / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / 1e9;
    }
}
