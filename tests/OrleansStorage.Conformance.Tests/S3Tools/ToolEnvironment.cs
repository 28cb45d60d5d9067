using System.Diagnostics;

namespace OrleansStorage.Conformance.S3Tools;

/// <summary>What every foreign program is started with.</summary>
internal static class ToolEnvironment
{
    /// <summary>Takes settings of this machine away and makes file names UTF-8.</summary>
    public static void Clean(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.ToList())
        {
            if (name.StartsWith("AWS_", StringComparison.Ordinal)
                || name.StartsWith("RCLONE_", StringComparison.Ordinal)
                || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["PYTHONUTF8"] = "1";
        start.Environment["TZ"] = "UTC";
    }
}
