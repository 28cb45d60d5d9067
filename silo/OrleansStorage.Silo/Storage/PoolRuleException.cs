namespace OrleansStorage.Silo.Storage;

/// <summary>A pool cannot be made as it was asked for.</summary>
/// <param name="error">A word for programs: <c>PoolExists</c>, <c>TooFewFaultDomains</c>, <c>InvalidPool</c>.</param>
/// <param name="message">What is in the way.</param>
public sealed class PoolRuleException(string error, string message) : Exception(message)
{
    /// <summary>A word for programs.</summary>
    public string Error { get; } = error;
}
