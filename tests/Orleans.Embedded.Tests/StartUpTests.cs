using Orleans.Embedded.Tests.Refused;
using Orleans.Runtime;
using Xunit;

namespace Orleans.Embedded.Tests;

public sealed class StartUpTests
{
    [Theory]
    [InlineData(typeof(INoSerializer), "Unmarked has no [GenerateSerializer]")]
    [InlineData(typeof(INoSerializerInside), "Unmarked has no [GenerateSerializer]")]
    [InlineData(typeof(INoSerializerInResult), "the result cannot be sent")]
    [InlineData(typeof(INoId), "Forgetful.Lost has no [Id]")]
    [InlineData(typeof(ISameId), "Ambiguous uses an [Id] twice")]
    [InlineData(typeof(ISynchronous), "returns System.Int32")]
    [InlineData(typeof(IDelegate), "System.Action has no [GenerateSerializer]")]
    [InlineData(typeof(IStream), "MemoryStream has no [GenerateSerializer]")]
    [InlineData(typeof(IProperty), "no properties")]
    [InlineData(typeof(IGenericMethod), "generic methods")]
    [InlineData(typeof(IOfObserver), "Unmarked has no [GenerateSerializer]")]
    public async Task InterfaceThatOrleansCouldNotServe_StopsTheSilo(Type type, string reason)
    {
        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(() => Clusters.StartAsync(1, refused: type));
        Assert.Contains(type.FullName!, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutThem_TheSiloStarts()
    {
        await using var cluster = await Clusters.StartAsync(1);
        Assert.Single(cluster.Silos);
    }
}
