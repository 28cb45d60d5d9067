using OrleansStorage.Testing.Postgres;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace OrleansStorage.Metadata.Tests;

/// <summary>A test of the contract suite: skipped, with the reason, for a store whose server cannot be started.</summary>
[XunitTestCaseDiscoverer("OrleansStorage.Metadata.Tests.StoreFactDiscoverer", "OrleansStorage.Metadata.Tests")]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>The tests of this class need a PostgreSQL server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>Finds the tests of <see cref="StoreFactAttribute"/>.</summary>
public sealed class StoreFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var needsPostgres = testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any();
        var display = discoveryOptions.MethodDisplayOrDefault();
        var options = discoveryOptions.MethodDisplayOptionsOrDefault();
        yield return needsPostgres && PostgresServer.MissingReason is { } reason
            ? new SkippedTestCase(diagnostics, display, options, testMethod, reason)
            : new XunitTestCase(diagnostics, display, options, testMethod);
    }
}

/// <summary>A test that is not run.</summary>
public sealed class SkippedTestCase : XunitTestCase
{
    private string _reason = "";

    [Obsolete("Called by the deserializer.")]
    public SkippedTestCase()
    {
    }

    public SkippedTestCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, string reason)
        : base(diagnostics, display, options, method) => _reason = reason;

    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue(nameof(_reason), _reason);
    }

    public override void Deserialize(IXunitSerializationInfo data)
    {
        _reason = data.GetValue<string>(nameof(_reason));
        base.Deserialize(data);
    }

    protected override string GetSkipReason(IAttributeInfo factAttribute) => _reason;
}
