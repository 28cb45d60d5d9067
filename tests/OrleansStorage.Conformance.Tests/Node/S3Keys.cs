namespace OrleansStorage.Conformance.Node;

/// <summary>An access key and its secret.</summary>
internal sealed record S3Keys(string Access, string Secret)
{
    /// <summary>The keys that tests give to a node when the keys are not what is tested.</summary>
    public static S3Keys ForTests { get; } = new("CONFORMANCEKEY000001", "conformance/secret+of=the tests-0123456789");
}
