using Xunit;

namespace OrleansStorage.Conformance.Tools;

/// <summary>A fact that needs a foreign program, and is skipped with its name where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolAttribute : FactAttribute
{
    public RequiresToolAttribute(string tool) => Skip = MissingTool.ReasonToSkip(tool);
}
