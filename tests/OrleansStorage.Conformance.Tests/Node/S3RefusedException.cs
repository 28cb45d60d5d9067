namespace OrleansStorage.Conformance.Node;

/// <summary>The server answered, and not with success.</summary>
internal sealed class S3RefusedException(S3Answer answer) : Exception($"S3 answered {answer}")
{
    public S3Answer Answer { get; } = answer;
}
