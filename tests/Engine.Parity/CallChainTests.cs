using Xunit;

namespace OrleansStorage.Parity;

public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls the grains in turn, each from the one before, and says how the call ended.</summary>
    Task<string> CallThroughAsync(string[] path, string mode);

    Task<string> AnswerAsync();
}

public sealed class ChainGrain : Grain, IChainGrain
{
    public async Task<string> CallThroughAsync(string[] path, string mode)
    {
        using var allowed = mode == "allow" ? RequestContext.AllowCallChainReentrancy() : default;
        using var suppressed = mode == "suppress" ? RequestContext.SuppressCallChainReentrancy() : default;
        var next = GrainFactory.GetGrain<IChainGrain>(path[0]);
        try
        {
            return path.Length == 1 ? await next.AnswerAsync() : await next.CallThroughAsync(path[1..], mode == "allow" ? "inherit" : mode);
        }
        catch (TimeoutException)
        {
            return "timeout";
        }
    }

    public Task<string> AnswerAsync() => Task.FromResult("answer");
}

/// <summary>Own cluster: a deadlocked chain ends by the response timeout, which is short here.</summary>
public sealed class CallChainTests
{
    [Fact]
    public async Task CallBackIntoTheChain_DeadlocksUnlessAllowed()
    {
        await using var cluster = await ParityCluster.CreateAsync(1, TimeSpan.FromSeconds(6));
        IChainGrain Grain(string key) => cluster.Client.GetGrain<IChainGrain>(key);

        Assert.Equal("answer", await Grain("a").CallThroughAsync(["b", "a"], "allow"));
        Assert.Equal("answer", await Grain("c").CallThroughAsync(["c"], "allow"));

        // The inner call times out first, or the outer one with it.
        var denied = Grain("d").CallThroughAsync(["e", "d"], "none");
        var direct = Grain("f").CallThroughAsync(["f"], "none");
        Assert.Equal("timeout", await Outcome(denied));
        Assert.Equal("timeout", await Outcome(direct));
    }

    private static async Task<string> Outcome(Task<string> call)
    {
        try
        {
            return await call;
        }
        catch (TimeoutException)
        {
            return "timeout";
        }
    }
}
