using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OrleansStorage.Bench.Metadata;

/// <summary>What the disk does: 4 KiB overwritten in a file that is there already, and synced.</summary>
internal static partial class RawSync
{
    private const int BlockBytes = 4096;
    private const int Blocks = 1024;

    public static double Measure(BenchOptions options)
    {
        using var directory = new WorkDirectory();
        using var file = File.OpenHandle(directory.File("raw"), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.Write(file, new byte[BlockBytes * Blocks], 0);
        RandomAccess.FlushToDisk(file);
        var block = new byte[BlockBytes];
        var (count, watch) = (0L, Stopwatch.StartNew());
        for (; watch.Elapsed.TotalSeconds < options.Seconds; count++)
        {
            RandomAccess.Write(file, block, count % Blocks * BlockBytes);
            if (FDataSync(file) != 0)
            {
                throw new IOException($"fdatasync: error {Marshal.GetLastPInvokeError()}.");
            }
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeHandle file);
}
