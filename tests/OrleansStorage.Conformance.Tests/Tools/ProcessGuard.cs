using System.Diagnostics;

namespace OrleansStorage.Conformance.Tools;

/// <summary>Ends what we started when the test process ends early.</summary>
internal static class ProcessGuard
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<Process> s_running = [];

    static ProcessGuard() => AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();

    public static void Start(Process process)
    {
        lock (s_gate)
        {
            process.Start();
            s_running.Add(process);
        }
    }

    public static void Forget(Process process)
    {
        lock (s_gate)
        {
            s_running.Remove(process);
        }
    }

    private static void EndAll()
    {
        lock (s_gate)
        {
            foreach (var process in s_running)
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }
}
