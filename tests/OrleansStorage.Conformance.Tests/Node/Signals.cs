using System.Globalization;
using System.Runtime.InteropServices;

namespace OrleansStorage.Conformance.Node;

/// <summary>POSIX signals to a process that we started.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Terminate = 15;

    /// <summary>
    /// Whether this process ignores a signal, and with it everything that it starts: a shell makes its background jobs
    /// ignore SIGINT. Known on Linux only.
    /// </summary>
    public static bool IsIgnored(int signal)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        // proc(5): a mask in hexadecimal, signal 1 in the lowest bit.
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        var mask = ulong.Parse(line.AsSpan("SigIgn:".Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return ((mask >> (signal - 1)) & 1) != 0;
    }

    public static void Send(int processId, int signal)
    {
        if (Kill(processId, signal) != 0)
        {
            throw new InvalidOperationException($"kill({processId}, {signal}): errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
