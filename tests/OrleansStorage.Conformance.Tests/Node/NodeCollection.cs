using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace OrleansStorage.Conformance.Node;

/// <summary>The suites that share one node; they run one after the other.</summary>
[CollectionDefinition(Name)]
[SuppressMessage("Naming", "CA1711", Justification = "xunit calls it a collection.")]
public sealed class NodeCollection : ICollectionFixture<NodeFixture>
{
    public const string Name = "one node";
}
