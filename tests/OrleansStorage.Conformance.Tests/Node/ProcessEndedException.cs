namespace OrleansStorage.Conformance.Node;

/// <summary>The silo ended before it served.</summary>
internal sealed class ProcessEndedException(OutputLog output) : Exception
{
    public override string Message => "The silo ended before it was ready." + Environment.NewLine + output.Text;
}
