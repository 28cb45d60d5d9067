using Xunit;

namespace OrleansStorage.Parity;

public interface IContextGrain : IGrainWithStringKey
{
    Task<string> ReadAsync(string[] path);

    Task ChangeAsync(string value);

    Task<string?> ReadAmbientAsync(string? other, string value);
}

public sealed class ContextGrain : Grain, IContextGrain
{
    private static readonly AsyncLocal<string?> Ambient = new();

    private IContextGrain? _other;

    public async Task<string> ReadAsync(string[] path)
    {
        var here = $"{RequestContext.Get("key")}";
        await Task.Yield();
        if (path.Length > 0)
        {
            RequestContext.Set("key", here + "+");
            here += " " + await GrainFactory.GetGrain<IContextGrain>(path[0]).ReadAsync(path[1..]);
        }

        return here;
    }

    public async Task ChangeAsync(string value)
    {
        RequestContext.Set("key", value);
        await Task.Yield();
    }

    public async Task<string?> ReadAmbientAsync(string? other, string value)
    {
        if (other is null)
        {
            return Ambient.Value;
        }

        Ambient.Value = value;
        _other ??= GrainFactory.GetGrain<IContextGrain>(other);
        return await _other.ReadAmbientAsync(null, "") ?? (Ambient.Value == value ? null : "lost");
    }
}

[Collection(SharedCluster.Name)]
public sealed class RequestContextTests(SharedCluster shared)
{
    private IContextGrain Grain(string key) => shared.Client.GetGrain<IContextGrain>(key);

    [Fact]
    public async Task Values_TravelAlongTheChainOfCalls()
    {
        RequestContext.Set("key", "v");
        Assert.Equal("v v+ v++", await Grain("x").ReadAsync(["y", "z"]));
        RequestContext.Clear();
        Assert.Equal("", await Grain("x").ReadAsync([]));
    }

    [Fact]
    public async Task CalleesChanges_DoNotComeBack()
    {
        RequestContext.Set("key", "mine");
        await Grain("w").ChangeAsync("yours");
        Assert.Equal("mine", RequestContext.Get("key"));
        Assert.True(RequestContext.Remove("key"));
        Assert.False(RequestContext.Remove("key"));
        Assert.Null(RequestContext.Get("key"));
    }

    [Fact]
    public async Task OtherAsyncLocals_DoNotTravel()
    {
        // Often, so that an engine that learns to take short cuts takes them.
        for (var call = 0; call < 300; call++)
        {
            Assert.Null(await Grain("p").ReadAmbientAsync("q", "secret"));
        }
    }
}
