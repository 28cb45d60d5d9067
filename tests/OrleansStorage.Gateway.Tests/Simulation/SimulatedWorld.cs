using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Embedded.Testing;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Files.Simulated;
using OrleansStorage.Devices.Log;
using OrleansStorage.Gateway.Recipes;
using OrleansStorage.Grains.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>
/// A cluster of three silos over simulated disks and a simulated metadata store, and everything that befalls it. Several
/// lives: each ends with the loss of all power.
/// </summary>
internal sealed class SimulatedWorld : IAsyncDisposable
{
    private const int SiloCount = 3;
    private const int DeviceCount = 3;
    private const int MirrorCount = 2;
    private const int Lives = 3;
    private const int Clients = 4;
    private const int OperationsPerClient = 14;

    private readonly SimulationScheduler _scheduler;
    private readonly Random _random;
    private readonly MemoryMetadataStore _metadata;
    private readonly FaultyFileLayer[] _layers;
    private readonly Queue<SimulatedProcess> _starting = new();
    private readonly List<SimulatedProcess> _processes = [];
    private readonly GatewayOptions _options = new()
    {
        BlobSizeBytes = 64 << 10,
        BodyBytesMax = 1 << 20,
        ReadSizeBytes = 16 << 10,
        GarbageGrace = TimeSpan.FromSeconds(5),
    };

    private LogDevice[] _devices = [];
    private PoolLayout _layout = null!;
    private EmbeddedCluster _cluster = null!;
    private int _commitFaultsInThousand;
    private long _lastValue;

    public SimulatedWorld(int seed)
    {
        _scheduler = new SimulationScheduler(seed, new SimulationOptions { MaxMessageDelay = TimeSpan.FromMilliseconds(20), MaxSteps = 300_000 });
        _random = _scheduler.Random;
        _metadata = new MemoryMetadataStore(new MemoryMetadataStoreOptions
        {
            IsExclusive = false,
            TimeProvider = _scheduler.TimeProvider,
            Random = _random,
            CommitDelayMax = TimeSpan.FromMilliseconds(8),
            ReadDelayMax = TimeSpan.FromMilliseconds(3),
            CommitFaults = _ => ChooseFault(),
        });
        _layers = [.. Enumerable.Range(0, DeviceCount).Select(_ => new FaultyFileLayer(_random, _scheduler.TimeProvider))];
    }

    public History History { get; } = new();

    /// <summary>What befell the cluster, and how often.</summary>
    public Dictionary<string, int> Events { get; } = new(StringComparer.Ordinal);

    public ulong TraceHash => _scheduler.TraceHash;

    /// <summary>Plants a bug that the check must find.</summary>
    public Action<SimulatedWorld>? Sabotage { get; init; }

    private TimeProvider Time => _scheduler.TimeProvider;

    public void Run() => _scheduler.Run(RunAsync);

    public ValueTask DisposeAsync() => _metadata.DisposeAsync();

    private async Task RunAsync()
    {
        await FormatAsync();
        for (var life = 0; life < Lives; life++)
        {
            await StartAsync();
            if (life == 0)
            {
                await AnyServing()!.Objects.CreateBucketAsync(SimulatedClient.Bucket, "me", CancellationToken.None);
            }

            await LiveAsync();
            await LosePowerAsync();
        }

        await StartAsync();
        await CheckFinalStateAsync();
        await CheckNothingIsLeftBehindAsync();
    }

    private async Task FormatAsync()
    {
        var ids = Enumerable.Range(1, DeviceCount).Select(i => new Guid(i, 0, 0, new byte[8])).ToArray();
        for (var i = 0; i < DeviceCount; i++)
        {
            await LogDevice.FormatAsync(_layers[i], new DeviceIdentity(ids[i], DeviceTier.Ssd, 1L << 30), DeviceOptions());
        }

        _layout = PoolLayout.Create([.. ids.Select(id => new PoolDevice(id, id.ToString(), 1L << 30))], MirrorCount, 1);
    }

    private LogDeviceOptions DeviceOptions() => new()
    {
        SegmentBytes = 1 << 20,
        CheckpointEveryBytes = 2 << 20,
        Time = Time,
        ScrubInterval = TimeSpan.Zero,
    };

    private async Task StartAsync()
    {
        _devices = new LogDevice[DeviceCount];
        for (var i = 0; i < DeviceCount; i++)
        {
            _devices[i] = await LogDevice.OpenAsync(_layers[i], DeviceOptions());
        }

        for (var i = 0; i < SiloCount; i++)
        {
            await BeginProcessAsync();
        }

        var starting = _starting.ToArray();
        _cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions
        {
            SiloCount = SiloCount,
            Simulation = _scheduler,
            ConfigureSilo = (_, silo) => Configure(silo, _starting.Dequeue()),
        });
        for (var i = 0; i < SiloCount; i++)
        {
            Serve(starting[i], _cluster.Silos[i]);
        }
    }

    private async Task BeginProcessAsync() =>
        _starting.Enqueue(await SimulatedProcess.StartAsync(_metadata, _layout, _devices, Time));

    public static void Configure(ISiloBuilder silo, SimulatedProcess process)
    {
        silo.Services.AddSingleton<IMetadataStore>(process.Store);
        silo.Services.AddSingleton(process.Owners);
        silo.Services.AddSingleton(new IdentifierSource(process.Incarnation));
        silo.Services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
    }

    private void Serve(SimulatedProcess process, EmbeddedSilo silo)
    {
        process.Serve(silo, silo.Services.GetRequiredService<IGrainFactory>(), _options, Time);
        _processes.Add(process);
    }

    private SimulatedProcess? AnyServing()
    {
        var serving = _processes.Where(process => process.IsServing).ToList();
        return serving.Count == 0 ? null : serving[_random.Next(serving.Count)];
    }

    private async Task LiveAsync()
    {
        // Not RunContinuationsAsynchronously: Task.WhenAny would then go by the thread pool.
        var powerLost = new TaskCompletionSource();
        var quiet = new TaskCompletionSource();
        var clients = Enumerable.Range(0, Clients)
            .Select(_ => new SimulatedClient(
                History, () => AnyServing()?.Objects, powerLost.Task, _random, Time, () => ++_lastValue))
            .Select(client => client.RunAsync(OperationsPerClient))
            .ToList();
        var chaos = MakeTroubleAsync(quiet.Task);

        // Mostly in the middle of everything; now and then when all is done.
        var end = _random.Next(4) == 0 ? Task.WhenAll(clients) : Task.Delay(TimeSpan.FromSeconds(_random.Next(1, 40)), Time);
        await Task.WhenAny(end, Task.WhenAll(clients));
        powerLost.SetResult();
        quiet.SetResult();
        await Task.WhenAll(clients);
        await chaos;
    }

    private async Task LosePowerAsync()
    {
        Count("power lost");
        foreach (var process in _processes)
        {
            process.Die();
        }

        _metadata.Crash();
        _metadata.IsUnavailable = false;
        _commitFaultsInThousand = 0;
        for (var i = 0; i < DeviceCount; i++)
        {
            _layers[i] = _layers[i].Crash();
        }

        foreach (var silo in _cluster.Silos)
        {
            await _cluster.KillAsync(silo);
        }

        await _cluster.DisposeAsync();
        _processes.Clear();
        _starting.Clear();
    }

    private async Task MakeTroubleAsync(Task quiet)
    {
        while (!quiet.IsCompleted)
        {
            await Task.WhenAny(quiet, Task.Delay(TimeSpan.FromMilliseconds(_random.Next(2_000)), Time));
            if (quiet.IsCompleted)
            {
                return;
            }

            await (_random.Next(8) switch
            {
                0 => KillAsync(quiet),
                1 => PauseAsync(quiet),
                2 => EvictAsync(quiet),
                3 => LoseMetadataAsync(quiet),
                4 => FaultCommitsAsync(quiet),
                _ => SweepAsync(),
            });
        }
    }

    private async Task KillAsync(Task quiet)
    {
        if (ChooseVictim() is { } victim)
        {
            Count("silo killed");
            victim.Die();
            await _cluster.KillAsync(victim.Silo);
            await ReplaceAsync(victim, quiet);
        }
    }

    /// <summary>The process stands still, the others give it up, and then it goes on without knowing.</summary>
    private async Task PauseAsync(Task quiet)
    {
        if (ChooseVictim() is { } victim)
        {
            Count("silo paused");
            victim.Store.Close();
            _cluster.Pause(victim.Silo);
            await WaitAsync(quiet, 8_000);
            _cluster.Evict(victim.Silo);
            await WaitAsync(quiet, 8_000);
            victim.Store.Open();
            _cluster.Resume(victim.Silo);
            await EndEvictedAsync(victim, quiet);
        }
    }

    /// <summary>The others give a process up that lives and goes on: two activations of each of its grains.</summary>
    private async Task EvictAsync(Task quiet)
    {
        if (ChooseVictim() is { } victim)
        {
            Count("silo evicted alive");
            _cluster.Evict(victim.Silo);
            await EndEvictedAsync(victim, quiet);
        }
    }

    private async Task EndEvictedAsync(SimulatedProcess victim, Task quiet)
    {
        // Clients still ask it.
        await WaitAsync(quiet, 10_000);
        victim.Die();
        await _cluster.KillAsync(victim.Silo);
        await ReplaceAsync(victim, quiet);
    }

    private async Task ReplaceAsync(SimulatedProcess victim, Task quiet)
    {
        _processes.Remove(victim);
        await WaitAsync(quiet, 3_000);
        if (!quiet.IsCompleted)
        {
            try
            {
                await BeginProcessAsync();
            }
            catch (MetadataException)
            {
                // A process that cannot register does not start.
                return;
            }

            var process = _starting.Peek();
            Serve(process, await _cluster.StartSiloAsync());
        }
    }

    private async Task LoseMetadataAsync(Task quiet)
    {
        Count("metadata away");
        _metadata.IsUnavailable = true;
        await WaitAsync(quiet, 3_000);
        _metadata.IsUnavailable = false;
    }

    private async Task FaultCommitsAsync(Task quiet)
    {
        Count("commits faulted");
        _commitFaultsInThousand = 150;
        await WaitAsync(quiet, 4_000);
        _commitFaultsInThousand = 0;
    }

    private async Task SweepAsync()
    {
        if (AnyServing() is not { } process)
        {
            return;
        }

        try
        {
            var sweep = SweepAsync(process);
            await Task.WhenAny(sweep, Task.Delay(TimeSpan.FromSeconds(5), Time));
            Count(sweep.IsCompletedSuccessfully ? "swept" : "sweep left");
        }
        catch (MetadataException)
        {
            Count("sweep failed");
        }
    }

    private static async Task SweepAsync(SimulatedProcess process)
    {
        await process.Garbage.RunAsync(CancellationToken.None);
        await process.Orphans.RunAsync(CancellationToken.None);
    }

    private SimulatedProcess? ChooseVictim() => _processes.Count(p => p.IsServing) > 1 ? AnyServing() : null;

    private async Task WaitAsync(Task quiet, int millisecondsMax) =>
        await Task.WhenAny(quiet, Task.Delay(TimeSpan.FromMilliseconds(_random.Next(millisecondsMax)), Time));

    private CommitFault ChooseFault() => _random.Next(1000) < _commitFaultsInThousand
        ? (CommitFault)_random.Next(1, 5)
        : CommitFault.None;

    private async Task CheckFinalStateAsync()
    {
        Sabotage?.Invoke(this);
        var store = _processes[0].Objects;
        foreach (var key in SimulatedClient.Keys)
        {
            var begun = History.Tick();
            History.Add(key, OperationKind.Read, await SimulatedClient.GetAsync(store, key), begun);
        }

        foreach (var (key, operations) in History.ByKey)
        {
            if (!HistoryChecker.IsLinearizable(operations))
            {
                throw new InvalidOperationException(
                    $"The history of '{key}' has no explanation:\n{string.Join('\n', operations)}");
            }
        }
    }

    /// <summary>After all grace periods and a sweep the pool holds exactly what the metadata names.</summary>
    private async Task CheckNothingIsLeftBehindAsync()
    {
        await Task.Delay(TimeSpan.FromMinutes(30), Time);
        await SweepAsync(_processes[0]);
        var stored = await _processes[0].Pool.ListAsync(default, 100_000, CancellationToken.None);
        var named = await NamedBlobsAsync();
        var left = stored.Select(blob => blob.Id).Except(named.Keys).ToList();
        var missing = named.Keys.Except(stored.Select(blob => blob.Id)).ToList();
        if (left.Count > 0 || missing.Count > 0)
        {
            throw new InvalidOperationException(
                $"Left behind: {string.Join(' ', left)}; missing: {string.Join(' ', missing)}; of {stored.Count}.");
        }
    }

    private async Task<Dictionary<BlobId, int>> NamedBlobsAsync()
    {
        var named = new Dictionary<BlobId, int>();
        var objects = await _metadata.ScanAsync(
            Schema.Objects, new(new(long.MinValue, []), true, new(long.MaxValue, [])), 1000, CancellationToken.None);
        var parts = await _metadata.ScanAsync(
            Schema.Parts,
            new(new(long.MinValue, "", 0), true, new(long.MaxValue, "", 0)),
            1000,
            CancellationToken.None);

        // Parts of uploads that clients never finished are still wanted.
        foreach (var recipe in objects.Select(row => row.Recipe).Concat(parts.Select(row => row.Recipe)))
        {
            foreach (var blob in Recipe.Decode(recipe).Blobs)
            {
                named[blob.Id] = blob.LengthBytes;
            }
        }

        return named;
    }

    private void Count(string what) => Events[what] = Events.GetValueOrDefault(what) + 1;
}
