using System.Diagnostics;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;

namespace OrleansStorage.Conformance.Pools;

/// <summary>The <c>ostor</c> command of this build, against one node.</summary>
internal static class Ostor
{
    private static string AssemblyPath
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.FullName, "OrleansStorage.Cli", here.Name, "ostor.dll");
        }
    }

    public static Task<ToolRun> RunAsync(SiloProcess silo, S3Keys keys, params string[] arguments)
    {
        var start = new ProcessStartInfo(DotnetHost.Path);
        start.ArgumentList.Add(AssemblyPath);
        start.ArgumentList.Add("--endpoint");
        start.ArgumentList.Add(silo.Ready.Admin.ToString());
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["OSTOR_ROOT_ACCESS_KEY"] = keys.Access;
        start.Environment["OSTOR_ROOT_SECRET_KEY"] = keys.Secret;
        return ToolRun.RunAsync(start);
    }
}
