using Xunit;

namespace OrleansStorage.Conformance.Tools;

/// <summary>A theory that needs a foreign program, and is skipped with its name where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolTheoryAttribute : TheoryAttribute
{
    public RequiresToolTheoryAttribute(string tool) => Skip = MissingTool.ReasonToSkip(tool);
}
