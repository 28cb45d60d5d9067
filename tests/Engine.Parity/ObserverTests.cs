using Orleans.Concurrency;
using Xunit;

namespace OrleansStorage.Parity;

public interface INewsObserver : IGrainObserver
{
    Task ReceiveAsync(string news);

    [OneWay]
    Task HintAsync(string news);

    void Shout(string news);
}

public interface INewsGrain : IGrainWithStringKey
{
    Task SubscribeAsync(INewsObserver observer);

    Task PublishAsync(string news);

    Task HintAsync(string news);
}

public sealed class NewsGrain : Grain, INewsGrain
{
    private readonly List<INewsObserver> _observers = [];

    public Task SubscribeAsync(INewsObserver observer)
    {
        _observers.Add(observer);
        return Task.CompletedTask;
    }

    public async Task PublishAsync(string news)
    {
        foreach (var observer in _observers)
        {
            await observer.ReceiveAsync(news);
        }
    }

    public async Task HintAsync(string news)
    {
        foreach (var observer in _observers)
        {
            await observer.HintAsync(news);
            observer.Shout(news);
        }
    }
}

public sealed class NewsListener(string journal) : INewsObserver
{
    public Task ReceiveAsync(string news)
    {
        Journal.Add(journal, news);
        return news == "bad" ? Task.FromException(new KnownException(news, 3)) : Task.CompletedTask;
    }

    public Task HintAsync(string news)
    {
        Journal.Add(journal, "hint " + news);
        return Task.CompletedTask;
    }

    public void Shout(string news) => Journal.Add(journal, "shout " + news);
}

[Collection(SharedCluster.Name)]
public sealed class ObserverTests(SharedCluster shared)
{
    [Fact]
    public async Task Observer_IsCalledUntilItsReferenceIsDeleted()
    {
        var listener = new NewsListener("observer");
        var reference = shared.Client.CreateObjectReference<INewsObserver>(listener);
        var grain = shared.Client.GetGrain<INewsGrain>("observer");
        await grain.SubscribeAsync(reference);

        await grain.PublishAsync("good");
        Assert.Equal(["good"], Journal.Of("observer"));
        Assert.Equal(3, (await Assert.ThrowsAsync<KnownException>(() => grain.PublishAsync("bad"))).Code);
        await grain.HintAsync("soft");
        await Journal.WhenAsync("observer", "hint soft");
        await Journal.WhenAsync("observer", "shout soft");

        shared.Client.DeleteObjectReference<INewsObserver>(reference);
        await grain.HintAsync("late");
        await grain.HintAsync("later");
        Assert.DoesNotContain("hint late", Journal.Of("observer"));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task ObjectItself_CannotBeSent() =>
        await Assert.ThrowsAnyAsync<Exception>(() => shared.Client.GetGrain<INewsGrain>("object").SubscribeAsync(new NewsListener("object")));
}
