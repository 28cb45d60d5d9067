using System.Diagnostics;

namespace OrleansStorage.Conformance.Tools;

/// <summary>A foreign program that a suite drives.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Package">The Debian package that brings it.</param>
internal sealed record Tool(string Name, string Package)
{
    private static readonly Lazy<string?> s_python = new(FindPython);

    public static Tool Aws { get; } = new("aws", "awscli");

    public static Tool S3cmd { get; } = new("s3cmd", "s3cmd");

    public static Tool Rclone { get; } = new("rclone", "rclone");

    /// <summary>A python3 that has boto3, which need not be the first one on the PATH.</summary>
    public static Tool Boto3 { get; } = new("boto3", "python3-boto3");

    /// <summary>Full path, or <see langword="null"/> when it is not here.</summary>
    public string? FindPath() => this == Boto3 ? s_python.Value : OnPath(Name).FirstOrDefault();

    public static Tool Named(string name) =>
        new[] { Aws, S3cmd, Rclone, Boto3 }.FirstOrDefault(tool => tool.Name == name)
        ?? throw new ArgumentException($"No tool is called {name}.", nameof(name));

    private static IEnumerable<string> OnPath(string name)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending))).Where(File.Exists);
    }

    private static string? FindPython() =>
        OnPath("python3").Append("/usr/bin/python3").Where(File.Exists).Distinct().FirstOrDefault(HasBoto3);

    private static bool HasBoto3(string python)
    {
        var start = new ProcessStartInfo(python)
        {
            ArgumentList = { "-c", "import boto3" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
            return false;
        }

        return process.ExitCode == 0;
    }
}
