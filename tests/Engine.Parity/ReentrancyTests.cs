using Orleans.Concurrency;
using Orleans.Serialization.Invocation;
using Xunit;

namespace OrleansStorage.Parity;

public interface IGatedGrain : IGrainWithStringKey
{
    Task HoldAsync(string gate);

    [ReadOnly]
    Task ReadAsync(string gate);

    [AlwaysInterleave]
    Task InterleaveAsync(string gate);

    [AlwaysInterleave]
    Task PingAsync();
}

public interface IPlainGatedGrain : IGatedGrain;

public interface IReentrantGatedGrain : IGatedGrain;

public interface IMayInterleaveGatedGrain : IGatedGrain;

public abstract class GatedGrain : Grain, IGatedGrain
{
    public Task HoldAsync(string gate) => Gate.Of(gate).PassAsync();

    public Task ReadAsync(string gate) => Gate.Of(gate).PassAsync();

    public Task InterleaveAsync(string gate) => Gate.Of(gate).PassAsync();

    public Task PingAsync() => Task.CompletedTask;
}

public sealed class PlainGatedGrain : GatedGrain, IPlainGatedGrain;

[Reentrant]
public sealed class ReentrantGatedGrain : GatedGrain, IReentrantGatedGrain;

[MayInterleave(nameof(IsWelcome))]
public sealed class MayInterleaveGatedGrain : GatedGrain, IMayInterleaveGatedGrain
{
    public static bool IsWelcome(IInvokable request) => request.GetArgumentCount() == 1 && request.GetArgument(0) is string gate && gate.EndsWith("welcome", StringComparison.Ordinal);
}

[Collection(SharedCluster.Name)]
public sealed class ReentrancyTests(SharedCluster shared)
{
    [Theory]
    [InlineData("plain", "Hold", "Hold", false)]
    [InlineData("plain", "Hold", "Read", false)]
    [InlineData("plain", "Hold", "Interleave", true)]
    [InlineData("plain", "Read", "Hold", false)]
    [InlineData("plain", "Read", "Read", true)]
    [InlineData("plain", "Read", "Interleave", true)]
    [InlineData("plain", "Interleave", "Hold", true)]
    [InlineData("plain", "Interleave", "Read", true)]
    [InlineData("plain", "Interleave", "Interleave", true)]
    [InlineData("reentrant", "Hold", "Hold", true)]
    [InlineData("reentrant", "Read", "Hold", true)]
    [InlineData("may", "Hold", "Hold", false)]
    [InlineData("may", "Hold", "Hold welcome", true)]
    [InlineData("may", "Hold welcome", "Hold", true)]
    public async Task SecondCall_StartsDuringTheFirst_AsTheRulesSay(string kind, string first, string second, bool interleaves)
    {
        var id = $"{kind} {first} {second}";
        var grain = Find(kind, id);
        await grain.PingAsync();
        var (firstGate, secondGate) = (Gate.Of($"{id} 1 {Suffix(first)}"), Gate.Of($"{id} 2 {Suffix(second)}"));

        var firstCall = Call(grain, first, $"{id} 1 {Suffix(first)}");
        await firstGate.Entered;
        var secondCall = Call(grain, second, $"{id} 2 {Suffix(second)}");
        if (interleaves)
        {
            await secondGate.Entered;
        }
        else
        {
            // The ping comes after the second call and overtakes it.
            await grain.PingAsync();
            Assert.False(secondGate.IsEntered);
        }

        Assert.False(firstCall.IsCompleted);
        firstGate.Open();
        await firstCall;
        await secondGate.Entered;
        secondGate.Open();
        await secondCall;
    }

    /// <summary>Only the first of the running calls keeps others out: a quirk that code must not depend on not being there.</summary>
    [Fact]
    public async Task Writer_MayStartWhileTheSecondOfTwoReadersRuns()
    {
        var grain = Find("plain", "two readers");
        await grain.PingAsync();
        var first = grain.ReadAsync("two readers 1");
        await Gate.Of("two readers 1").Entered;
        var second = grain.ReadAsync("two readers 2");
        await Gate.Of("two readers 2").Entered;
        var writer = grain.HoldAsync("two readers 3");
        await grain.PingAsync();
        Assert.False(Gate.Of("two readers 3").IsEntered);

        Gate.Of("two readers 1").Open();
        await first;
        await Gate.Of("two readers 3").Entered;
        Assert.False(second.IsCompleted);
        Gate.Of("two readers 3").Open();
        Gate.Of("two readers 2").Open();
        await Task.WhenAll(second, writer);
    }

    private IGatedGrain Find(string kind, string id) => kind switch
    {
        "plain" => shared.Client.GetGrain<IPlainGatedGrain>(id),
        "reentrant" => shared.Client.GetGrain<IReentrantGatedGrain>(id),
        _ => shared.Client.GetGrain<IMayInterleaveGatedGrain>(id),
    };

    private static string Suffix(string call) => call.EndsWith("welcome", StringComparison.Ordinal) ? "welcome" : "";

    private static Task Call(IGatedGrain grain, string call, string gate) => call.Split(' ')[0] switch
    {
        "Hold" => grain.HoldAsync(gate),
        "Read" => grain.ReadAsync(gate),
        _ => grain.InterleaveAsync(gate),
    };
}
