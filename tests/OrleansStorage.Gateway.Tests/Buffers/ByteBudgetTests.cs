using OrleansStorage.Gateway.Buffers;
using Xunit;

namespace OrleansStorage.Gateway.Tests.Buffers;

public sealed class ByteBudgetTests
{
    [Fact]
    public async Task Take_WaitsForRoom_FirstComeFirstServed()
    {
        var budget = new ByteBudget(10);
        await budget.TakeAsync(8, CancellationToken.None);
        var large = budget.TakeAsync(9, CancellationToken.None).AsTask();
        var small = budget.TakeAsync(1, CancellationToken.None).AsTask();
        Assert.False(budget.TryTake(1));
        Assert.False(small.IsCompleted);

        budget.Give(8);
        await large;
        await small;
        Assert.Equal(0, budget.FreeBytes);
    }

    [Fact]
    public async Task Cancel_LetsTheNextOneIn()
    {
        var budget = new ByteBudget(10);
        await budget.TakeAsync(8, CancellationToken.None);
        using var source = new CancellationTokenSource();
        var large = budget.TakeAsync(9, source.Token).AsTask();
        var small = budget.TakeAsync(2, CancellationToken.None).AsTask();

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal(0, budget.FreeBytes);
    }
}
