using OrleansStorage.Testing;
using Xunit;

namespace OrleansStorage.Parity;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> EchoAsync(string text);

    Task<string> CallAsync(string other, string text);

    Task<int> FailAsync(string text);
}

public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public Task<string> EchoAsync(string text)
    {
        Journal.Add(text, "grain");
        return Task.FromResult(text);
    }

    public Task<string> CallAsync(string other, string text) => GrainFactory.GetGrain<IFilteredGrain>(other).EchoAsync(text);

    public Task<int> FailAsync(string text) => throw new InvalidOperationException(text);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.MethodName == nameof(EchoAsync))
        {
            Journal.Add((string)context.Request.GetArgument(0)!, "own before");
        }

        await context.Invoke();
        if (context.Result is string result)
        {
            context.Result = result + "!";
        }
    }
}

public sealed class RecordingIncomingFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is not FilteredGrain)
        {
            await context.Invoke();
            return;
        }

        var text = (string)context.Request.GetArgument(context.Request.GetArgumentCount() - 1)!;
        Journal.Add(text, $"incoming before {context.MethodName} {context.ImplementationMethod.DeclaringType!.Name}");
        if (text == "refused")
        {
            context.Result = "by the filter";
            return;
        }

        try
        {
            await context.Invoke();
        }
        catch (InvalidOperationException exception) when (exception.Message == "repaired")
        {
            context.Result = 42;
        }

        Journal.Add(text, $"incoming after {context.MethodName}");
    }
}

public sealed class RecordingOutgoingFilter : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceName.EndsWith(nameof(IFilteredGrain), StringComparison.Ordinal))
        {
            Journal.Add((string)context.Request.GetArgument(0)!, $"outgoing {context.MethodName}");
        }

        await context.Invoke();
    }
}

public sealed class FilterTests : IAsyncLifetime
{
    private ICluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await ParityCluster.CreateAsync(1, configure: builder =>
    {
        builder.AddIncomingGrainCallFilter<RecordingIncomingFilter>();
        builder.AddOutgoingGrainCallFilter<RecordingOutgoingFilter>();
    });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    private IFilteredGrain Grain(string key) => _cluster.Client.GetGrain<IFilteredGrain>(key);

    [Fact]
    public async Task Filters_SurroundTheCallFromTheOutside()
    {
        Assert.Equal("nested!!", await Grain("outer").CallAsync("inner", "nested"));
        Assert.Equal(
            [
                "incoming before CallAsync FilteredGrain", "outgoing EchoAsync", "incoming before EchoAsync FilteredGrain", "own before", "grain",
                "incoming after EchoAsync", "incoming after CallAsync",
            ],
            Journal.Of("nested"));
    }

    [Fact]
    public async Task Filter_CanAnswerInsteadOfTheGrain()
    {
        Assert.Equal("by the filter", await Grain("refused").EchoAsync("refused"));
        Assert.DoesNotContain("grain", Journal.Of("refused"));
    }

    [Fact]
    public async Task Filter_CanRepairAFailure() => Assert.Equal(42, await Grain("repaired").FailAsync("repaired"));

    [Fact]
    public async Task Failure_PassesThroughTheFilters() =>
        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => Grain("broken").FailAsync("broken"))).Message);
}
