using System.Diagnostics;
using System.Globalization;

namespace OrleansStorage.Bench.Devices;

/// <summary>Wall and processor time of a stretch of work.</summary>
internal readonly record struct Measured(double Seconds, double CpuSeconds)
{
    public static async Task<Measured> RunAsync(Func<Task> work)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var begin = Stopwatch.GetTimestamp();
        await work();
        return new Measured(
            Stopwatch.GetElapsedTime(begin).TotalSeconds,
            (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
    }

    /// <summary>Runs it several times and keeps the fastest: the machine is shared.</summary>
    public static async Task<Measured> BestAsync(int times, Func<Task> work)
    {
        var best = new Measured(double.MaxValue, 0);
        for (var i = 0; i < times; i++)
        {
            var one = await RunAsync(work);
            best = one.Seconds < best.Seconds ? one : best;
        }

        return best;
    }

    public string PerOperation(long operations) => string.Create(
        CultureInfo.InvariantCulture,
        $"{operations / Seconds,10:N0}/s  {CpuSeconds / operations * 1e6,9:N2} µs CPU/op");

    public string PerByte(long bytes, long operations) => string.Create(
        CultureInfo.InvariantCulture,
        $"{bytes / Seconds / 1e9,7:N2} GB/s  {CpuSeconds / operations * 1e3,7:N3} ms CPU/op  {CpuSeconds / bytes * 1e9,6:N3} s CPU/GB");
}
