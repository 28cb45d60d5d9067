using Xunit;

namespace OrleansStorage.Parity;

public interface IGuidKeyGrain : IGrainWithGuidKey
{
    Task<Guid> GetKeyAsync();
}

public interface IIntegerKeyGrain : IGrainWithIntegerKey
{
    Task<long> GetKeyAsync();
}

public interface ICompoundKeyGrain : IGrainWithIntegerCompoundKey
{
    Task<string> GetKeyAsync();
}

[GrainType("named-by-attribute")]
public sealed class GuidKeyGrain : Grain, IGuidKeyGrain
{
    public Task<Guid> GetKeyAsync() => Task.FromResult(this.GetPrimaryKey());
}

public sealed class IntegerKeyGrain : Grain, IIntegerKeyGrain
{
    public Task<long> GetKeyAsync() => Task.FromResult(this.GetPrimaryKeyLong());
}

public sealed class CompoundKeyGrain : Grain, ICompoundKeyGrain
{
    public Task<string> GetKeyAsync()
    {
        var key = this.GetPrimaryKeyLong(out var extension);
        return Task.FromResult($"{key}/{extension}");
    }
}

/// <summary>A grain without the base class: it gets its context by its constructor.</summary>
public interface IPlainObjectGrain : IGrainWithStringKey
{
    Task<string> DescribeAsync();
}

public sealed class PlainObjectGrain(IGrainContext context, IGrainFactory factory) : IGrainBase, IPlainObjectGrain
{
    private bool _isActivated;

    public IGrainContext GrainContext => context;

    public Task OnActivateAsync(CancellationToken token)
    {
        _isActivated = factory is not null;
        return Task.CompletedTask;
    }

    public Task<string> DescribeAsync() => Task.FromResult(
        $"{context.GrainId.Type} {this.GetPrimaryKeyString()} {ReferenceEquals(context.GrainInstance, this)} {_isActivated}");
}

[Collection(SharedCluster.Name)]
public sealed class KeyTests(SharedCluster shared)
{
    [Fact]
    public async Task Keys_ComeBackAsGiven()
    {
        var guid = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Assert.Equal(guid, await shared.Client.GetGrain<IGuidKeyGrain>(guid).GetKeyAsync());
        foreach (var key in new[] { 0, 1, -1, long.MaxValue, long.MinValue })
        {
            Assert.Equal(key, await shared.Client.GetGrain<IIntegerKeyGrain>(key).GetKeyAsync());
            Assert.Equal(key, shared.Client.GetGrain<IIntegerKeyGrain>(key).GetPrimaryKeyLong());
        }

        Assert.Equal("-5/ext+more", await shared.Client.GetGrain<ICompoundKeyGrain>(-5, "ext+more").GetKeyAsync());
    }

    [Fact]
    public void GrainIds_AreWrittenAsOrleansWritesThem()
    {
        Assert.Equal("named-by-attribute/00000001000200030405060708090a0b",
            shared.Client.GetGrain<IGuidKeyGrain>(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)).GetGrainId().ToString());
        Assert.Equal("integerkey/1F", shared.Client.GetGrain<IIntegerKeyGrain>(31).GetGrainId().ToString());
        Assert.Equal("compoundkey/A+x", shared.Client.GetGrain<ICompoundKeyGrain>(10, "x").GetGrainId().ToString());
        Assert.Equal(GrainId.Parse("integerkey/1F"), shared.Client.GetGrain<IIntegerKeyGrain>(31).GetGrainId());
    }

    [Fact]
    public void UniformHashes_AreThoseOfOrleans()
    {
        // Placement by hash must choose alike on both engines.
        Assert.Equal(GrainHashes.Expected, GrainHashes.Keys.Select(key => GrainId.Create("integerkey", key).GetUniformHashCode()));
        Assert.Equal(0xCF23203Eu, StableHash.ComputeHash("test"u8));
    }

    [Fact]
    public async Task PlainObject_WithIGrainBase_IsAGrain() =>
        Assert.Equal("plainobject k True True", await shared.Client.GetGrain<IPlainObjectGrain>("k").DescribeAsync());

    private static class GrainHashes
    {
        public static readonly string[] Keys = ["a", "a key of more than sixteen bytes, to fill whole stripes"];

        public static IEnumerable<uint> Expected =>
            Keys.Select(key => unchecked((StableHash.ComputeHash("integerkey"u8) * 31) + StableHash.ComputeHash(System.Text.Encoding.UTF8.GetBytes(key))));
    }
}
