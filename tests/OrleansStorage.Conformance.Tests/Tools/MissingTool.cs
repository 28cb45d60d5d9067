namespace OrleansStorage.Conformance.Tools;

/// <summary>Why a test is skipped.</summary>
internal static class MissingTool
{
    /// <summary>What is missing and how to get it; <see langword="null"/> when it is there.</summary>
    public static string? ReasonToSkip(string name)
    {
        var tool = Tool.Named(name);
        return tool.FindPath() is null ? $"{tool.Name} is not installed (Debian: apt-get install {tool.Package})" : null;
    }
}
