using System.Diagnostics;
using System.Globalization;

namespace OrleansStorage.Bench.DataChannel;

/// <summary>Wall time, and processor time of both processes, of a stretch of work.</summary>
internal readonly record struct Measured(double Seconds, double ClientCpu, double ServerCpu)
{
    /// <summary>Runs it some times and keeps the run with the median wall time: the machine is shared.</summary>
    public static async Task<Measured> MedianAsync(int times, Process server, Func<Task> work, Func<Task>? between = null)
    {
        var all = new List<Measured>();
        for (var i = 0; i < times; i++)
        {
            var (client, other) = (Cpu(Process.GetCurrentProcess()), Cpu(server));
            var begin = Stopwatch.GetTimestamp();
            await work();
            var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            all.Add(new Measured(seconds, Cpu(Process.GetCurrentProcess()) - client, Cpu(server) - other));
            await (between?.Invoke() ?? Task.CompletedTask);
        }

        return all.OrderBy(one => one.Seconds).ElementAt(times / 2);
    }

    public string PerByte(long bytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{bytes / Seconds / 1e9,6:N2} GB/s   CPU s/GB: client {ClientCpu / bytes * 1e9,5:N3}  server {ServerCpu / bytes * 1e9,5:N3}  both {(ClientCpu + ServerCpu) / bytes * 1e9,5:N3}");

    private static double Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
