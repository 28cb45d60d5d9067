namespace OrleansStorage.Conformance.Tools;

/// <summary>The dotnet command that runs these tests.</summary>
internal static class DotnetHost
{
    public static string Path =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";

    /// <summary>The folder of the shared frameworks: a real tree of some thousand files on every machine.</summary>
    public static string InstallationFolder =>
        new DirectoryInfo(System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!).Parent!.Parent!.Parent!.FullName;
}
