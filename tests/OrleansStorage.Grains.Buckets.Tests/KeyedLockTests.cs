using Xunit;

namespace OrleansStorage.Grains.Buckets.Tests;

public sealed class KeyedLockTests
{
    [Fact]
    public async Task Exclusive_ExcludesTheSameNameOnly()
    {
        var locks = new KeyedLock(waitersPerNameMax: 10);
        var first = await locks.EnterAsync("a");
        using var other = await locks.EnterAsync("b");
        var second = locks.EnterAsync("a");
        Assert.False(second.IsCompleted);

        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Shared_AdmitsOthersButNobodyPastAWaitingExclusive()
    {
        var locks = new KeyedLock(waitersPerNameMax: 10);
        var one = await locks.EnterAsync("a", shared: true);
        var two = locks.EnterAsync("a", shared: true);
        Assert.True(two.IsCompleted);
        var exclusive = locks.EnterAsync("a").AsTask();
        var late = locks.EnterAsync("a", shared: true).AsTask();

        one.Dispose();
        Assert.False(exclusive.IsCompleted);
        (await two).Dispose();
        var held = await exclusive;
        Assert.False(late.IsCompleted);
        held.Dispose();
        (await late).Dispose();
        Assert.Equal(0, locks.Count);
    }

    [Fact]
    public async Task TooManyWaiters_AreRefused()
    {
        var locks = new KeyedLock(waitersPerNameMax: 1);
        var held = await locks.EnterAsync("a");
        var waiting = locks.EnterAsync("a").AsTask();
        await Assert.ThrowsAsync<KeyedLockFullException>(async () => await locks.EnterAsync("a"));
        held.Dispose();
        (await waiting).Dispose();
    }

    /// <summary>
    /// Goal: nobody holds a name together with an exclusive holder, nobody is forgotten. Method: random enters and exits.
    /// </summary>
    [Fact]
    public async Task RandomUse_NeverBreaksExclusionAndForgetsNobody()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var locks = new KeyedLock(waitersPerNameMax: int.MaxValue);
        var pending = new List<(Task<KeyedLock.Hold> Task, bool Shared)>();
        var held = new List<(KeyedLock.Hold Hold, bool Shared)>();
        var contended = 0;
        for (var step = 0; step < 5_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var shared = random.Next(2) == 0;
                var task = locks.EnterAsync("name", shared).AsTask();
                contended += task.IsCompleted ? 0 : 1;
                pending.Add((task, shared));
            }
            else if (held.Count > 0)
            {
                var index = random.Next(held.Count);
                held[index].Hold.Dispose();
                held.RemoveAt(index);
            }

            await MoveGrantedAsync(pending, held);
            Assert.True(held.TrueForAll(h => h.Shared) || held.Count == 1, $"seed {seed}, step {step}");
            Assert.True(held.Count > 0 || pending.Count == 0, $"seed {seed}, step {step}: a waiter behind a free lock");
        }

        Assert.True(contended > 100, $"seed {seed}: {contended} waits");
    }

    private static async Task MoveGrantedAsync(
        List<(Task<KeyedLock.Hold> Task, bool Shared)> pending, List<(KeyedLock.Hold Hold, bool Shared)> held)
    {
        for (var i = pending.Count - 1; i >= 0; i--)
        {
            if (pending[i].Task.IsCompleted)
            {
                held.Add((await pending[i].Task, pending[i].Shared));
                pending.RemoveAt(i);
            }
        }
    }
}
