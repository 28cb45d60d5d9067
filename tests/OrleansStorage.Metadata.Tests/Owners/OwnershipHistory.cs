using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Owners;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Metadata.Tests.Simulation;

namespace OrleansStorage.Metadata.Tests.Owners;

/// <summary>
/// One random history of silos that own registers, write them through the fence, and serve reads from memory, while
/// silos pause, die and stop, clocks drift, and the store is slow, crashes and loses answers.
/// </summary>
/// <remarks>
/// A writer writes the value in its memory plus one. So two accepted writes of the same value show a write that should
/// have been fenced, and a read below the highest acknowledged value is stale.
/// </remarks>
internal sealed class OwnershipHistory
{
    private const int Silos = 3;
    private const int Registers = 2;
    private readonly Random _random;
    private readonly SimulatedWorld _world;
    private readonly SimulatedNode _network;
    private readonly MemoryMetadataStore _store;
    private readonly OwnershipOptions _options = new() { ExpelAfter = TimeSpan.FromSeconds(20) };
    private readonly long[] _acknowledged = new long[Registers];
    private readonly HashSet<(int Register, long Value)> _values = [];
    private readonly double _clockRateSpread;
    private readonly double _faultRate;

    public OwnershipHistory(int seed, double clockRateSpread)
    {
        _random = TestSeed.Create(seed);
        _clockRateSpread = clockRateSpread;
        _faultRate = _random.Next(3) * 0.01;
        _world = new SimulatedWorld(_random);
        _network = _world.AddNode("network");
        _store = new MemoryMetadataStore(new MemoryMetadataStoreOptions
        {
            IsExclusive = false,
            TimeProvider = _network.Clock,
            Random = _random,
            CommitDelayMax = TimeSpan.FromMilliseconds(_random.Next(2) * 150),
            ReadDelayMax = TimeSpan.FromMilliseconds(_random.Next(2) * 100),
            LateCommitDelay = TimeSpan.FromMilliseconds(_random.Next(5_000)),
            CommitFaults = _ => _random.NextDouble() < _faultRate ? (CommitFault)_random.Next(1, 5) : CommitFault.None,
        });
    }

    public List<string> StaleReads { get; } = [];

    public List<string> AcceptedTwice { get; } = [];

    public int Reads { get; private set; }

    public int RefusedReads { get; private set; }

    public int Writes { get; private set; }

    public int FencedWrites { get; private set; }

    public int Acquisitions { get; private set; }

    public int Expelled { get; private set; }

    public void Run(TimeSpan duration)
    {
        var silos = Enumerable.Range(0, Silos).Select(i => StartSilo($"s{i}")).ToArray();
        var end = _world.Now + duration;
        while (_world.Now < end)
        {
            _world.RunFor(TimeSpan.FromMilliseconds(_random.Next(1, 1_500)));
            Disturb(ref silos[_random.Next(Silos)]);
        }
    }

    private readonly record struct Process(SimulatedNode Node, CutOffStore Store);

    private void Disturb(ref Process silo)
    {
        switch (_random.Next(16))
        {
            case 12 or 13:
                silo.Store.IsCutOff = true;
                break;
            case 14 or 15:
                silo.Store.IsCutOff = false;
                break;
            case < 4:
                silo.Node.IsPaused = true;
                break;
            case < 9:
                silo.Node.IsPaused = false;
                break;
            case 9:
                silo.Node.IsPaused = true; // For ever: nobody knows it any more.
                silo = StartSilo(silo.Node.Name + "'");
                break;
            case 10:
                _store.Crash();
                break;
            default:
                _store.IsUnavailable = true;
                _world.RunFor(TimeSpan.FromMilliseconds(_random.Next(5_000)));
                _store.IsUnavailable = false;
                break;
        }
    }

    private Process StartSilo(string name)
    {
        var store = new CutOffStore(_store);
        var node = _world.AddNode(name, 1 + ((_random.Next(2) - 0.5) * _clockRateSpread));
        _ = node.Start(() => RunSiloAsync(node, store));
        return new Process(node, store);
    }

    private async ValueTask RunSiloAsync(SimulatedNode node, CutOffStore store)
    {
        while (true)
        {
            var manager = await TryAsync(async () =>
            {
                var incarnation = await SiloRegistration.RegisterAsync(store, node.Name, node.Clock, default);
                var created = new OwnershipManager(store, incarnation, _options, node.Clock);
                await created.StartAsync(default);
                return created;
            });
            if (manager is not null)
            {
                await Task.WhenAll(Enumerable.Range(0, Registers).Select(register => RunGrainAsync(node, store, manager, register)));
                Expelled += manager.Expelled.IsCancellationRequested ? 1 : 0;
                await TryAsync(async () =>
                {
                    await manager.StopAsync(default);
                    return manager;
                });
            }

            await PauseAsync(node, 1_000);
        }
    }

    /// <summary>Activations of one grain, one after the other, until the silo is struck off or stops.</summary>
    private async Task RunGrainAsync(SimulatedNode node, CutOffStore store, OwnershipManager manager, int register)
    {
        while (!manager.Expelled.IsCancellationRequested && _random.Next(20) != 0)
        {
            await PauseAsync(node, 3_000);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(_random.Next(1, 12_000)), node.Clock);
            var ownership = await TryAsync(() => manager.AcquireAsync($"register/{register}", patience.Token));
            if (ownership is not null)
            {
                Acquisitions++;
                await ActivateAsync(node, store, ownership, register);
                if (_random.Next(2) == 0)
                {
                    await ownership.ReleaseAsync();
                }
            }
        }
    }

    private async ValueTask ActivateAsync(SimulatedNode node, CutOffStore store, Ownership ownership, int register)
    {
        long value;
        try
        {
            value = (await store.FindAsync(Schema.StripeGroups, register, default))?.Epoch ?? 0;
        }
        catch (MetadataException)
        {
            return;
        }

        for (var step = _random.Next(40); step > 0 && !ownership.IsLost; step--)
        {
            await PauseAsync(node, 300);
            if (_random.Next(3) > 0)
            {
                Read(node, ownership, register, value);
            }
            else
            {
                var isCommitted = await WriteAsync(node, store, ownership, register, value + 1);
                if (isCommitted is null)
                {
                    return; // What lies in memory may be wrong.
                }

                value += isCommitted.Value ? 1 : 0;
            }
        }
    }

    private void Read(SimulatedNode node, Ownership ownership, int register, long value)
    {
        if (!ownership.MayServeReads)
        {
            RefusedReads++;
            return;
        }

        Reads++;
        if (value < _acknowledged[register])
        {
            StaleReads.Add($"{_world.Now} {node.Name} epoch {ownership.Epoch}: {value} < {_acknowledged[register]}");
        }
    }

    /// <returns>Null when the memory cannot be relied on any more.</returns>
    private async ValueTask<bool?> WriteAsync(
        SimulatedNode node, CutOffStore store, Ownership ownership, int register, long value)
    {
        var transaction = new MetadataTransaction()
            .Fence(ownership.Owner, ownership.Epoch)
            .Put(Schema.StripeGroups, new StripeGroupRow(register, "p", value, "", true));
        try
        {
            await store.CommitAsync(transaction, default);
        }
        catch (MetadataException exception)
        {
            FencedWrites += exception is FencedException ? 1 : 0;
            return exception is MetadataUnavailableException { OutcomeUnknown: false } ? false : null;
        }

        Writes++;
        if (!_values.Add((register, value)))
        {
            AcceptedTwice.Add($"{_world.Now} {node.Name} epoch {ownership.Epoch}: {value}");
        }

        _acknowledged[register] = Math.Max(_acknowledged[register], value);
        return true;
    }

    private static async ValueTask<T?> TryAsync<T>(Func<ValueTask<T>> action)
        where T : class
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (exception is MetadataException or OperationCanceledException)
        {
            return null;
        }
    }

    private Task PauseAsync(SimulatedNode node, int maxMs) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, maxMs)), node.Clock);
}
