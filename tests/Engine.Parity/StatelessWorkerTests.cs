using Orleans.Concurrency;
using Xunit;

namespace OrleansStorage.Parity;

public interface IWorkerGrain : IGrainWithStringKey
{
    Task<string> WorkAsync(string gate);
}

[StatelessWorker(3)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    public async Task<string> WorkAsync(string gate)
    {
        await Gate.Of(gate).PassAsync();
        return GrainContext.ActivationId.ToString();
    }
}

public interface IWorkerCallerGrain : IGrainWithStringKey
{
    /// <summary>Starts calls to one worker and returns, when they have ended, the activations that ran them.</summary>
    Task<string[]> CallAsync(string worker, string[] gates);
}

public sealed class WorkerCallerGrain : Grain, IWorkerCallerGrain
{
    public Task<string[]> CallAsync(string worker, string[] gates) =>
        Task.WhenAll(gates.Select(gate => GrainFactory.GetGrain<IWorkerGrain>(worker).WorkAsync(gate)));
}

[Collection(SharedCluster.Name)]
public sealed class StatelessWorkerTests(SharedCluster shared)
{
    [Fact]
    public async Task Worker_HasAsManyActivationsAsItMay()
    {
        string[] names = ["worker 1", "worker 2", "worker 3", "worker 4"];
        var gates = names.Select(Gate.Of).ToList();
        var calls = shared.Client.GetGrain<IWorkerCallerGrain>("caller").CallAsync("worker", names);

        // Three run at once, on activations of their own; the fourth, whichever it is, waits for one of them.
        var waiting = gates.Select(gate => gate.Entered).ToList();
        for (var entered = 0; entered < 3; entered++)
        {
            var next = await Task.WhenAny(waiting);
            await next;
            waiting.Remove(next);
        }

        var last = Assert.Single(gates, gate => !gate.IsEntered);
        gates.Where(gate => gate != last).ToList().ForEach(gate => gate.Open());
        await last.Entered;
        last.Open();
        Assert.Equal(3, (await calls).Distinct().Count());
    }
}
