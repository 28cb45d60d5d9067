using Xunit;

namespace OrleansStorage.Parity;

[GenerateSerializer, Alias("parity.failure")]
public sealed class KnownException : Exception
{
    public KnownException(string message, int code, Exception? inner = null) : base(message, inner) => Code = code;

    [Id(0)]
    public int Code { get; }
}

public sealed class UnknownException(string message, int code) : Exception(message)
{
    public int Code { get; } = code;
}

public interface IFailingGrain : IGrainWithStringKey
{
    Task FailAsync(string kind);

    ValueTask<int> FailLaterAsync(string kind);

    Task FailThroughAsync(string key, string kind);
}

public sealed class FailingGrain : Grain, IFailingGrain
{
    public Task FailAsync(string kind) => throw Make(kind);

    public async ValueTask<int> FailLaterAsync(string kind)
    {
        await Task.Yield();
        throw Make(kind);
    }

    public Task FailThroughAsync(string key, string kind) => GrainFactory.GetGrain<IFailingGrain>(key).FailAsync(kind);

    private static Exception Make(string kind) => kind switch
    {
        "known" => new KnownException("message", 7, new ArgumentException("inside")),
        "unknown" => new UnknownException("message", 7),
        "aggregate" => new AggregateException("several", new InvalidOperationException("one"), new ArgumentException("two")),
        "cancelled" => new OperationCanceledException("stopped"),
        _ => new InvalidOperationException(kind),
    };
}

public interface IFragileGrain : IGrainWithStringKey
{
    Task<int> CountAsync();
}

/// <summary>Fails to activate as often as its key begins with a letter says: c in the constructor, a in OnActivateAsync.</summary>
public sealed class FragileGrain : Grain, IFragileGrain
{
    public FragileGrain(IGrainContext context)
    {
        var key = context.GrainId.Key.ToString()!;
        Journal.Add(key, "constructed");
        if (key.StartsWith('c') && Journal.Of(key).Count == 1)
        {
            throw new KnownException("constructor", 1);
        }
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        return key.StartsWith('a') && Journal.Of(key).Count == 1
            ? Task.FromException(new KnownException("activation", 2))
            : Task.CompletedTask;
    }

    public Task<int> CountAsync() => Task.FromResult(Journal.Of(this.GetPrimaryKeyString()).Count);
}

[Collection(SharedCluster.Name)]
public sealed class ExceptionTests(SharedCluster shared)
{
    private IFailingGrain Grain(string key) => shared.Client.GetGrain<IFailingGrain>(key);

    [Fact]
    public async Task FrameworkException_ArrivesWithItsMessageAndTrace()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain("plain").FailAsync("text"));
        Assert.Equal("text", exception.Message);
        Assert.Contains(nameof(FailingGrain), exception.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Grain("plain").FailLaterAsync("later"));
    }

    [Fact]
    public async Task SerializableException_KeepsItsMembersAndInnerException()
    {
        var exception = await Assert.ThrowsAsync<KnownException>(async () => await Grain("known").FailLaterAsync("known"));
        Assert.Equal(("message", 7), (exception.Message, exception.Code));
        Assert.Equal("inside", Assert.IsType<ArgumentException>(exception.InnerException).Message);
    }

    [Fact]
    public async Task Exception_PassesThroughAGrain()
    {
        var exception = await Assert.ThrowsAsync<KnownException>(() => Grain("first").FailThroughAsync("second", "known"));
        Assert.Equal(7, exception.Code);
    }

    [Fact]
    public async Task AggregateException_KeepsItsParts()
    {
        var exception = await Assert.ThrowsAsync<AggregateException>(() => Grain("aggregate").FailAsync("aggregate"));
        Assert.Equal(["one", "two"], exception.InnerExceptions.Select(inner => inner.Message));
    }

    [Fact]
    public async Task OperationCanceledException_ArrivesAsOne() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grain("cancelled").FailAsync("cancelled"));

    [Fact]
    public async Task ExceptionWithoutSerializer_DoesNotCrossSilosAsItself()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => Grain("unknown").FailAsync("unknown"));
        Assert.IsNotType<UnknownException>(exception);
        Assert.Contains(nameof(UnknownException), exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(KnownException), "activation", "a")]
    [InlineData(typeof(InvalidOperationException), "constructor", "c")]
    public async Task FailedActivation_IsReportedAndTriedAgain(Type type, string message, string key)
    {
        var exception = await Assert.ThrowsAsync(type, () => shared.Client.GetGrain<IFragileGrain>(key).CountAsync());
        Assert.Equal(message, (exception.InnerException ?? exception).Message);
        Assert.Equal(2, await shared.Client.GetGrain<IFragileGrain>(key).CountAsync());
    }
}
