using System.Net.Sockets;
using System.Security.Authentication;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;

namespace OrleansStorage.DataChannel.Client;

/// <summary>The connections to one peer, and the devices behind them. Safe to call from many threads.</summary>
/// <remarks>
/// It connects at once and again whenever a connection is lost, with growing pauses. A request that was not sent waits for
/// a connection until its time is up; one that was sent and has no answer when its connection is lost fails, and what it did
/// is unknown (<see cref="DataChannelException.IsOutcomeUnknown"/>). Nothing is ever sent twice.
/// </remarks>
public sealed class DataChannelClient : IAsyncDisposable
{
    private readonly byte[] _secret;
    private readonly IChannelConnector _connector;
    private readonly LinkedList<PendingRequest> _waiting = new();
    private readonly List<ClientConnection> _connections = [];
    private readonly List<RemoteDevice> _devices = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _tick;
    private readonly ITimer _timer;
    private readonly Task[] _slots;
    private DataChannelException? _lastFailure;
    private bool _isDisposed;

    /// <summary>Begins to connect.</summary>
    /// <param name="connector">How to reach the peer.</param>
    /// <param name="options">Not changed afterwards.</param>
    public DataChannelClient(IChannelConnector connector, DataChannelClientOptions options)
    {
        options.Validate();
        _secret = DataChannelSecret.Check(options.Secret);
        _connector = connector;
        Options = options;
        Meter = new DataChannelMeter("client", connector.Peer);
        var shortest = Math.Min(options.RequestTimeout.Ticks, options.KeepAliveInterval.Ticks);
        _tick = TimeSpan.FromTicks(Math.Clamp(shortest / 4, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerMillisecond * 250));
        _timer = options.Time.CreateTimer(_ => Tick(), null, _tick, Timeout.InfiniteTimeSpan);
        _slots = new Task[options.Connections];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = Loop.Start(RunSlotAsync, options.Scheduler);
        }
    }

    /// <summary>Whether there is a connection.</summary>
    public bool IsConnected
    {
        get
        {
            lock (Gate)
            {
                return _connections.Count > 0;
            }
        }
    }

    /// <summary>Why the last connection was lost or not made; <see langword="null"/> when none was.</summary>
    public DataChannelException? LastFailure => Volatile.Read(ref _lastFailure);

    internal Lock Gate { get; } = new();

    internal DataChannelClientOptions Options { get; }

    internal DataChannelMeter Meter { get; }

    /// <summary>A device of the peer, without asking the peer; <see cref="DeviceState.Unreachable"/> until it has been heard of.</summary>
    /// <param name="identity">What it is.</param>
    /// <param name="epochs">What the caller believes of stripe groups; <see langword="null"/> for nothing.</param>
    public RemoteDevice Device(DeviceIdentity identity, IEpochView? epochs = null)
    {
        var device = new RemoteDevice(this, identity, epochs);
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _devices.Add(device);
        }

        device.Poll();
        return device;
    }

    /// <summary>A device of the peer, after asking what it is.</summary>
    /// <exception cref="DeviceUnreachableException">The peer has no such device, or does not answer.</exception>
    public async ValueTask<RemoteDevice> OpenAsync(Guid device, IEpochView? epochs, CancellationToken cancellationToken)
    {
        var identities = await ListDevicesAsync(cancellationToken);
        var identity = identities.FirstOrDefault(known => known.Id == device)
            ?? throw new DeviceUnreachableException($"{_connector.Peer} does not serve device {device}.");
        return Device(identity, epochs);
    }

    /// <summary>The devices that the peer serves.</summary>
    /// <exception cref="DataChannelException">The peer does not answer.</exception>
    public async ValueTask<IReadOnlyList<DeviceIdentity>> ListDevicesAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync(new RequestParts { Operation = Operation.ListDevices }, cancellationToken);
        return Lists.ReadIdentities(answer.List.Span);
    }

    /// <summary>
    /// Ends the connections. Calls that were sent get <see cref="DataChannelException"/>, the others
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        List<ClientConnection> connections;
        lock (Gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            connections = [.. _connections];
        }

        await _timer.DisposeAsync();
        Fail(TakeWaiting(), new ObjectDisposedException(nameof(DataChannelClient)));
#pragma warning disable VSTHRD103, CA1849 // On the caller's turn, not on a thread of the pool: simulations have one thread.
        _stop.Cancel();
#pragma warning restore VSTHRD103, CA1849
        connections.ForEach(connection => connection.Abort(new IOException("The client was disposed.")));
        foreach (var slot in _slots)
        {
            await slot;
        }

        _stop.Dispose();
    }

    /// <summary>Sends a request and waits for its answer, whatever it says.</summary>
    /// <param name="parts">What to send; memory in it is the caller's again when the call has completed.</param>
    /// <param name="cancellationToken">Ends a call that changes something before it is sent, and any other at any time.</param>
    internal async ValueTask<Answer> SendAsync(RequestParts parts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = parts.ToRequest(Options);
        Meter.Began();
        Submit(request);
        using var registration = cancellationToken.UnsafeRegister(
            (_, token) => Cancel(request, new OperationCanceledException(token)), null);
        return await request.Task;
    }

    internal void Settle(PendingRequest request, in Answer answer) => End(request, answer, null);

    /// <summary>A loop does not touch the caller's memory any more.</summary>
    internal void Release(PendingRequest request)
    {
        bool isEnded;
        lock (Gate)
        {
            isEnded = request.Release();
        }

        if (isEnded)
        {
            Finish(request);
        }
    }

    internal void Remove(RemoteDevice device)
    {
        lock (Gate)
        {
            _devices.Remove(device);
        }
    }

    private void Submit(PendingRequest request)
    {
        Exception? refusal = null;
        List<ClientConnection> woken = [];
        lock (Gate)
        {
            refusal = Refusal();
            if (refusal is null)
            {
                _waiting.AddLast(request);
                Pump(woken);
                if (request.State == RequestState.Waiting && _waiting.Count > Options.WaitingMax)
                {
                    refusal = new DeviceBusyException($"{Options.WaitingMax} calls wait for {_connector.Peer}.");
                }
            }
        }

        woken.ForEach(connection => connection.Wake());
        if (refusal is not null)
        {
            End(request, default, refusal);
        }
    }

    private Exception? Refusal()
    {
        if (_isDisposed)
        {
            return new ObjectDisposedException(nameof(DataChannelClient));
        }

        return _connections.Count == 0 && LastFailure is { Fault: DataChannelFault.SecretRefused or DataChannelFault.VersionRefused } failure
            ? new DataChannelException(failure.Fault, false, failure.Message, failure)
            : null;
    }

    /// <summary>Gives waiting requests to connections, in order, as far as there is credit. Under the gate.</summary>
    private void Pump(List<ClientConnection> woken)
    {
        while (_waiting.First is { Value: var request } && Choose(request) is { } connection)
        {
            _waiting.RemoveFirst();
            connection.Assign(request);
            woken.Add(connection);
        }
    }

    private ClientConnection? Choose(PendingRequest request)
    {
        ClientConnection? best = null;
        foreach (var connection in _connections)
        {
            if (connection.HasCredit(request) && (best is null || connection.InFlightBytes < best.InFlightBytes))
            {
                best = connection;
            }
        }

        return best;
    }

    private void End(PendingRequest request, in Answer answer, Exception? error)
    {
        bool isEnded;
        List<ClientConnection> woken = [];
        lock (Gate)
        {
            isEnded = EndLocked(request, answer, error);
            Pump(woken);
        }

        woken.ForEach(connection => connection.Wake());
        if (isEnded)
        {
            Finish(request);
        }
    }

    private bool EndLocked(PendingRequest request, in Answer answer, Exception? error)
    {
        if (!request.HasOutcome)
        {
            request.Connection?.Forget(request);
            if (request.State == RequestState.Waiting)
            {
                _waiting.Remove(request);
            }
        }

        return request.Settle(answer, error);
    }

    private void Finish(PendingRequest request)
    {
        Meter.Ended(request.Header.Operation, request.Outcome, Options.Time.GetElapsedTime(request.Began));
        request.Complete();
    }

    private void Cancel(PendingRequest request, OperationCanceledException cause)
    {
        lock (Gate)
        {
            if (request.State == RequestState.Sent && (request.IsHeld || RequestParts.IsChange(request.Header.Operation)))
            {
                return;
            }
        }

        End(request, default, cause);
    }

    private void Tick()
    {
        var now = Options.Time.GetTimestamp();
        List<PendingRequest> late = [];
        List<ClientConnection> stuck = [];
        List<RemoteDevice> silent;
        lock (Gate)
        {
            late.AddRange(_waiting.Where(request => now >= request.Deadline));
            foreach (var connection in _connections)
            {
                var expired = connection.Open.Where(request => now >= request.Deadline).ToList();
                late.AddRange(expired.Where(request => !request.IsHeld));
                if (expired.Exists(request => request.IsHeld) || IsSilent(connection, now, Options.KeepAliveTimeout))
                {
                    stuck.Add(connection);
                }
                else if (!connection.HasPing && IsSilent(connection, now, Options.KeepAliveInterval))
                {
                    Ping(connection);
                }
            }

            silent = _connections.Count == 0 ? [] : [.. _devices.Where(device => device.IsSilent(now))];
        }

        late.ForEach(request => End(request, default, TimedOut(request)));
        stuck.ForEach(connection => connection.Abort(new TimeoutException($"{_connector.Peer} does not answer.")));
        silent.ForEach(device => device.Poll());
        lock (Gate)
        {
            if (!_isDisposed)
            {
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private bool IsSilent(ClientConnection connection, long now, TimeSpan limit) =>
        Options.Time.GetElapsedTime(connection.LastReceived, now) >= limit;

    private void Ping(ClientConnection connection)
    {
        var ping = new RequestParts { Operation = Operation.Ping }.ToRequest(Options);
        Meter.Began();
        connection.HasPing = true;
        connection.Assign(ping);
        connection.Wake();
        _ = ping.Task.ContinueWith(
            static (task, state) =>
            {
                _ = task.Exception;
                ((ClientConnection)state!).HasPing = false;
            },
            connection,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            Options.Scheduler);
    }

    private DataChannelException TimedOut(PendingRequest request)
    {
        var isSent = request.State == RequestState.Sent;
        var why = isSent ? "did not answer" : "could not be reached or has too much to do";
        return new DataChannelException(
            DataChannelFault.TimedOut, isSent, $"{_connector.Peer} {why} within {Options.RequestTimeout}.", LastFailure);
    }

    private async Task RunSlotAsync()
    {
        for (var attempt = 0; !_stop.IsCancellationRequested; attempt++)
        {
            try
            {
                await using var stream = await ConnectAsync();
                var connection = new ClientConnection(this, stream.Stream, stream.Limits);
                if (!Attach(connection))
                {
                    return;
                }

                attempt = 0;
                Detach(connection, await connection.RunAsync());
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException
                or ObjectDisposedException)
            {
                OnFailure(e as DataChannelException ?? Lost(e, isSent: false));
            }

            await PauseAsync(attempt);
        }
    }

    private async Task PauseAsync(int attempt)
    {
        // Between half of the pause and all of it, so that the clients of a peer that comes back do not come all at once.
        var spread = new byte[1];
        Options.FillRandom(spread);
        var longest = Math.Min(Options.BackoffMax.Ticks, Options.BackoffMin.Ticks * Math.Pow(2, Math.Min(attempt, 20)));
        var pause = TimeSpan.FromTicks((long)(longest * (0.5 + (spread[0] / 512.0))));
        try
        {
            await Task.Delay(pause, Options.Time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }

    private async Task<ConnectedStream> ConnectAsync()
    {
        using var timeout = new CancellationTokenSource(Options.HandshakeTimeout, Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        var transport = await _connector.ConnectAsync(either.Token);
        try
        {
            var (stream, limits) = await ClientHandshake.RunAsync(transport, _secret, Options, either.Token);
            return new ConnectedStream(stream, limits);
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    private bool Attach(ClientConnection connection)
    {
        List<ClientConnection> woken = [];
        List<RemoteDevice> devices;
        lock (Gate)
        {
            if (_isDisposed)
            {
                return false;
            }

            _connections.Add(connection);
            Pump(woken);
            devices = [.. _devices];
        }

        Meter.Connected(1);
        woken.ForEach(ready => ready.Wake());
        devices.ForEach(device => device.Poll());
        return true;
    }

    private void Detach(ClientConnection connection, Exception cause)
    {
        List<PendingRequest> ended = [];
        lock (Gate)
        {
            _connections.Remove(connection);
            var (unsent, sent) = connection.TakeAll();
            foreach (var request in Enumerable.Reverse(unsent))
            {
                request.State = RequestState.Waiting;
                _waiting.AddFirst(request);
            }

            ended.AddRange(sent.Where(request => request.Settle(default, Lost(cause, isSent: true))));
        }

        Meter.Connected(-1);
        ended.ForEach(Finish);
        if (_isDisposed)
        {
            Fail(TakeWaiting(), new ObjectDisposedException(nameof(DataChannelClient)));
            return;
        }

        OnFailure(Lost(cause, isSent: false));
    }

    private DataChannelException Lost(Exception cause, bool isSent)
    {
        var fault = cause switch
        {
            FrameException => DataChannelFault.Protocol,
            TimeoutException or OperationCanceledException => DataChannelFault.TimedOut,
            _ => DataChannelFault.ConnectionLost,
        };
        return new DataChannelException(fault, isSent, $"There is no connection to {_connector.Peer}: {cause.Message}", cause);
    }

    private void OnFailure(DataChannelException failure)
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        Meter.Error(failure.Fault.ToString());
        List<PendingRequest> refused = [];
        List<ClientConnection> woken = [];
        lock (Gate)
        {
            _lastFailure = failure;
            if (Refusal() is not null)
            {
                refused.AddRange(_waiting);
            }

            Pump(woken);
        }

        woken.ForEach(connection => connection.Wake());
        Fail(refused, failure);
    }

    private List<PendingRequest> TakeWaiting()
    {
        lock (Gate)
        {
            return [.. _waiting];
        }
    }

    private void Fail(List<PendingRequest> requests, Exception error) => requests.ForEach(request => End(request, default, error));

    private readonly record struct ConnectedStream(Stream Stream, ChannelLimits Limits) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Stream.DisposeAsync();
    }
}
