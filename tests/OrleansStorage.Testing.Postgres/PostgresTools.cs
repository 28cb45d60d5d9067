using System.Diagnostics;

namespace OrleansStorage.Testing.Postgres;

/// <summary>Where PostgreSQL's programs are, and how they are run.</summary>
internal static class PostgresTools
{
    private static readonly string[] Programs = ["initdb", "postgres"];

    /// <summary>The directory with the newest programs; null when there is none.</summary>
    public static string? Directory { get; } = Find();

    /// <summary>The server refuses to run as root: a program that becomes this other user first.</summary>
    public static bool MustChangeUser { get; } = Environment.IsPrivilegedProcess;

    /// <summary>Why no server can be started here; null when one can.</summary>
    public static string? MissingReason { get; } =
        Directory is null ? "needs PostgreSQL: no initdb and postgres in PATH or /usr/lib/postgresql/*/bin"
        : MustChangeUser && FindInPath("setpriv") is null ? "needs setpriv (util-linux): PostgreSQL refuses to run as root"
        : null;

    /// <summary>A program of PostgreSQL, as a user that it accepts.</summary>
    public static ProcessStartInfo StartInfo(string program, string user, params IEnumerable<string> arguments)
    {
        var path = Path.Combine(Directory!, program);
        var start = new ProcessStartInfo(MustChangeUser ? "setpriv" : path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        IEnumerable<string> become = MustChangeUser
            ? [$"--reuid={user}", $"--regid={user}", "--clear-groups", "--", path]
            : [];
        foreach (var argument in become.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static string? Find()
    {
        var installed = System.IO.Directory.Exists("/usr/lib/postgresql")
            ? System.IO.Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(each => each + "/bin")
            : [];
        return PathDirectories().Concat(installed)
            .FirstOrDefault(directory => Array.TrueForAll(Programs, name => IsFile(Path.Combine(directory, name))));
    }

    private static string? FindInPath(string program) =>
        PathDirectories().Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsFile);

    // File.Exists is true for a link that leads nowhere.
    private static bool IsFile(string path) =>
        File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);

    private static string[] PathDirectories() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);

    private static double VersionOf(string directory) =>
        double.TryParse(Path.GetFileName(directory), out var version) ? version : 0;
}
