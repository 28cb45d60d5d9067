using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Authentication;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Server;

/// <summary>Lets the other silos use the devices of this one. Safe to call from many threads.</summary>
/// <remarks>
/// Memory is bounded by <see cref="DataChannelServerOptions.TotalBytesMax"/> and some hundred KiB for each connection: what
/// goes beyond is not read from the wire. A frame that is damaged or not allowed closes its connection. Requests that a lost connection
/// had begun run to their end. Does not own its devices.
/// </remarks>
public sealed class DataChannelServer : IAsyncDisposable
{
    private readonly byte[] _secret;
    private readonly ConcurrentDictionary<Guid, ServedDevice> _devices = new();
    private readonly HashSet<Peer> _peers = [];
    private readonly List<(IChannelListener Listener, Task Loop)> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _tick;
    private readonly ITimer _timer;
    private int _unauthenticated;
    private bool _isDisposed;

    /// <summary>Makes a server that serves nothing and listens nowhere.</summary>
    public DataChannelServer(DataChannelServerOptions options)
    {
        options.Validate();
        _secret = DataChannelSecret.Check(options.Secret);
        Options = options;
        Credit = new CreditGate(int.MaxValue, options.TotalBytesMax, options.RunContinuationsInline);
        var shortest = Math.Min(options.IdleTimeout.Ticks, options.StallTimeout.Ticks);
        _tick = TimeSpan.FromTicks(Math.Clamp(shortest / 4, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond));
        _timer = options.Time.CreateTimer(_ => Tick(), null, _tick, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How the server is.</summary>
    public DataChannelServerStatus Status
    {
        get
        {
            var bytes = Credit.InFlight.Bytes;
            lock (_peers)
            {
                return new DataChannelServerStatus(_devices.Count, _peers.Count - _unauthenticated, _unauthenticated, bytes);
            }
        }
    }

    internal DataChannelServerOptions Options { get; }

    internal DataChannelMeter Meter { get; } = new("server");

    internal CreditGate Credit { get; }

    internal IReadOnlyList<DeviceIdentity> Identities => [.. _devices.Values.Select(served => served.Device.Identity)];

    /// <summary>Serves a device from now on.</summary>
    /// <param name="device">The device; stays the caller's.</param>
    /// <param name="epochs">The epochs that it was told; raised through this server only.</param>
    /// <exception cref="ArgumentException">It is served already.</exception>
    public void Add(IDevice device, IGroupEpochs epochs)
    {
        var served = new ServedDevice(device, new EpochGuard(epochs, Options.RunContinuationsInline));
        if (!_devices.TryAdd(device.Identity.Id, served))
        {
            throw new ArgumentException($"Device {device.Identity.Id} is served already.", nameof(device));
        }
    }

    /// <summary>Serves a device no longer. Requests under way go on: dispose the device afterwards, which waits for them.</summary>
    /// <returns>Whether it was served.</returns>
    public bool Remove(Guid device) => _devices.TryRemove(device, out _);

    /// <summary>Takes connections from a listener from now on, and owns it.</summary>
    public void Listen(IChannelListener listener)
    {
        lock (_peers)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _listeners.Add((listener, Loop.Start(() => AcceptLoopAsync(listener), Options.Scheduler)));
        }
    }

    /// <summary>Ends listeners and connections, and waits for the requests under way.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Peer> peers;
        lock (_peers)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            peers = [.. _peers];
        }

        await _timer.DisposeAsync();
#pragma warning disable VSTHRD103, CA1849 // On the caller's turn, not on a thread of the pool: simulations have one thread.
        _stop.Cancel();
#pragma warning restore VSTHRD103, CA1849
        foreach (var (listener, loop) in _listeners)
        {
            await listener.DisposeAsync();
            await loop;
        }

        peers.ForEach(peer => peer.Connection?.Abort(new IOException("The server was disposed.")));
        foreach (var peer in peers)
        {
            await peer.Running;
        }

        _stop.Dispose();
    }

    internal ServedDevice? Find(Guid device) => _devices.GetValueOrDefault(device);

    private async Task AcceptLoopAsync(IChannelListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            Stream? stream;
            try
            {
                stream = await listener.AcceptAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // Too many open files, say: it may pass.
                Meter.Error("Accept");
                await Task.Delay(_tick, Options.Time);
                continue;
            }

            if (stream is null)
            {
                return;
            }

            Begin(stream);
        }
    }

    private void Begin(Stream stream)
    {
        var peer = new Peer();
        lock (_peers)
        {
            if (!_isDisposed && _peers.Count < Options.ConnectionsMax && _unauthenticated < Options.UnauthenticatedMax)
            {
                _unauthenticated++;
                _peers.Add(peer);
                peer.Running = Loop.Start(() => RunAsync(peer, stream), Options.Scheduler);
                return;
            }
        }

        stream.Dispose();
        Meter.Error("TooManyConnections");
    }

    private async Task RunAsync(Peer peer, Stream transport)
    {
        Exception cause;
        var isKnown = false;
        try
        {
            var stream = await AuthenticateAsync(transport);
            using var connection = new ServerConnection(this, stream);
            isKnown = Admit(peer, connection);
            Meter.Connected(1);
            cause = await connection.RunAsync();
            Meter.Connected(-1);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException
            or SocketException)
        {
            cause = e;
            Meter.Error("Handshake");
        }

        await transport.DisposeAsync();
        lock (_peers)
        {
            _peers.Remove(peer);
            _unauthenticated -= isKnown ? 0 : 1;
        }

        Options.OnClosed?.Invoke(cause.Message);
    }

    private async Task<Stream> AuthenticateAsync(Stream transport)
    {
        using var timeout = new CancellationTokenSource(Options.HandshakeTimeout, Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        return await ServerHandshake.RunAsync(transport, _secret, Options, either.Token);
    }

    private bool Admit(Peer peer, ServerConnection connection)
    {
        lock (_peers)
        {
            _unauthenticated--;
            peer.Connection = connection;
        }

        if (_stop.IsCancellationRequested)
        {
            connection.Abort(new IOException("The server was disposed."));
        }

        return true;
    }

    private void Tick()
    {
        var now = Options.Time.GetTimestamp();
        List<ServerConnection> connections;
        lock (_peers)
        {
            connections = [.. _peers.Select(peer => peer.Connection).OfType<ServerConnection>()];
        }

        connections.ForEach(connection => connection.CheckProgress(now));
        lock (_peers)
        {
            if (!_isDisposed)
            {
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private sealed class Peer
    {
        public Task Running { get; set; } = Task.CompletedTask;

        public ServerConnection? Connection { get; set; }
    }
}
