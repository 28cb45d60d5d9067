using Xunit;

namespace OrleansStorage.Conformance.Startup;

/// <summary>A fact about signals, file modes or other things that Windows has not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no signals and file modes" : null;

    /// <summary>It looks into /proc.</summary>
    public bool LinuxOnly
    {
        get => false;
        set => Skip = value && !OperatingSystem.IsLinux() ? "only Linux has /proc/net" : Skip;
    }
}
