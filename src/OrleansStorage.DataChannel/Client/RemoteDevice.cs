using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Client;

/// <summary>A device of another silo.</summary>
/// <remarks>
/// Does what <see cref="IDevice"/> says and throws what the device threw there; and <see cref="DataChannelException"/> when no answer
/// came, <see cref="StaleEpochException"/> when the device knows a newer epoch of the group, and <see cref="DeviceUnreachableException"/>
/// when the peer does not serve the device. State, health and usage are what the last answer said. Disposing it closes
/// neither the device nor the connections.
/// Calls whose answer is late are given up after <see cref="DataChannelClientOptions.RequestTimeout"/>.
/// </remarks>
public sealed partial class RemoteDevice : IDevice
{
    private readonly DataChannelClient _client;
    private readonly IEpochView? _epochs;
    private readonly Lock _gate = new();
    private DeviceHealth _health = new(DeviceState.Unreachable, null, 0, 0, 0, []);
    private DeviceUsage _usage;
    private DeviceState _state = DeviceState.Unreachable;
    private long _lastAnswer;
    private int _isPolling;
    private volatile bool _isDisposed;

    internal RemoteDevice(DataChannelClient client, DeviceIdentity identity, IEpochView? epochs)
    {
        _client = client;
        _epochs = epochs;
        Identity = identity;
        _usage = new DeviceUsage(0, 0, identity.CapacityBytes, 0, 0, 0);
        _lastAnswer = client.Options.Time.GetTimestamp();
    }

    /// <inheritdoc/>
    public DeviceIdentity Identity { get; }

    /// <inheritdoc/>
    public DeviceState State
    {
        get
        {
            if (_isDisposed)
            {
                return DeviceState.Closed;
            }

            var isConnected = _client.IsConnected;
            lock (_gate)
            {
                return isConnected ? _state : DeviceState.Unreachable;
            }
        }
    }

    /// <inheritdoc/>
    public DeviceHealth Health
    {
        get
        {
            var state = State;
            lock (_gate)
            {
                return _health with { State = state, Failure = _health.Failure ?? FailureOf(state) };
            }
        }
    }

    /// <inheritdoc/>
    public DeviceUsage Usage
    {
        get
        {
            lock (_gate)
            {
                return _usage;
            }
        }
    }

    /// <summary>Asks the peer for state, health and usage.</summary>
    /// <exception cref="DeviceUnreachableException">The peer does not answer, or does not serve the device.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var answer = await CallAsync(new RequestParts { Operation = Operation.Status, Device = Identity.Id }, default, cancellationToken);
        var health = Decode(answer, static answer => HealthReport.Read(answer.List.Span));
        lock (_gate)
        {
            _health = health;
        }
    }

    /// <summary>
    /// Raises the epoch of a group on the device. When it has completed the device refuses older ones, and nothing that came with an
    /// older one is under way any more.
    /// </summary>
    /// <returns>The epoch that now holds.</returns>
    public async ValueTask<ulong> RaiseEpochAsync(uint group, ulong epoch, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(group);
        var parts = new RequestParts { Operation = Operation.RaiseEpoch, Device = Identity.Id, Group = group, Epoch = epoch };
        var answer = await CallAsync(parts, default, cancellationToken);
        return answer.Header.Epoch;
    }

    /// <inheritdoc/>
    public async ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Check(payload);
        await WriteAsync(id.Blob.Group, [new FragmentWrite(id, payload)], cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(fragments.Count);
        foreach (var fragment in fragments)
        {
            Check(fragment.Payload);
        }

        List<Task> writes = [];
        foreach (var part in RequestSplitter.Split(fragments))
        {
            writes.Add(WriteAsync(part[0].Id.Blob.Group, part, cancellationToken).AsTask());
        }

        await AllAsync(writes);
    }

    /// <inheritdoc/>
    public async ValueTask ReadFragmentAsync(
        FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, FragmentId.SizeMaxBytes, nameof(destination));
        var body = new byte[BodySizes.FragmentId + 8];
        var writer = new BodyWriter(body);
        writer.FragmentId(id);
        writer.I32(offsetBytes);
        writer.I32(destination.Length);
        var parts = Parts(Operation.ReadFragment, id.Blob.Group, body) with { Destination = destination };
        await CallAsync(parts, default, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        List<Task> deletes = [];
        foreach (var part in RequestSplitter.Split(ids))
        {
            deletes.Add(CallAsync(Parts(Operation.DeleteFragments, part[0].Blob.Group, Lists.Write(part)), default, cancellationToken).AsTask());
        }

        await AllAsync(deletes);
    }

    /// <inheritdoc/>
    public async ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken)
    {
        var body = new byte[BodySizes.FragmentId];
        new BodyWriter(body).FragmentId(id);
        var answer = await CallAsync(Parts(Operation.FindFragment, id.Blob.Group, body), default, cancellationToken);
        var length = Decode(answer, static answer => new BodyReader(answer.Body.Span).I32());
        return length < 0 ? null : length;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(
        FragmentId after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        List<FragmentEntry> found = [];
        while (true)
        {
            var wanted = Math.Min(limit - found.Count, BodySizes.ListEntriesMax);
            var body = new byte[BodySizes.FragmentId + 4];
            var writer = new BodyWriter(body);
            writer.FragmentId(found.Count == 0 ? after : found[^1].Id);
            writer.I32(wanted);
            var answer = await CallAsync(Parts(Operation.ListFragments, 0, body), default, cancellationToken);
            var page = Decode(answer, static answer => Lists.ReadFragments(answer.List.Span));
            found.AddRange(page);
            if (page.Length < wanted || found.Count >= limit)
            {
                return found;
            }
        }
    }

    /// <summary>Forgets the device. Calls under way go on; later ones throw <see cref="ObjectDisposedException"/>.</summary>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _client.Remove(this);
        return ValueTask.CompletedTask;
    }

    internal bool IsSilent(long now)
    {
        var last = Volatile.Read(ref _lastAnswer);
        return _client.Options.Time.GetElapsedTime(last, now) >= _client.Options.StatusInterval;
    }

    /// <summary>Asks how the device is, for nobody in particular.</summary>
    internal void Poll()
    {
        if (!_isDisposed && Interlocked.Exchange(ref _isPolling, 1) == 0)
        {
            _ = Loop.Start(PollAsync, _client.Options.Scheduler);
        }
    }

    private static void Check(ReadOnlyMemory<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(payload.Length, 1, nameof(payload));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, FragmentId.SizeMaxBytes, nameof(payload));
    }

    private static string? FailureOf(DeviceState state) =>
        state == DeviceState.Unreachable ? "The silo that has the device cannot be reached." : null;

    private static T Decode<T>(in Answer answer, Func<Answer, T> decode)
    {
        try
        {
            return decode(answer);
        }
        catch (FrameException e)
        {
            throw new DataChannelException(DataChannelFault.Protocol, true, e.Message, e);
        }
    }

    /// <summary>Waits for all, so that nobody uses the caller's memory any more, and throws what the first one to fail threw.</summary>
    private static async Task AllAsync(List<Task> calls)
    {
        Exception? first = null;
        foreach (var call in calls)
        {
            try
            {
                await call;
            }
            catch (Exception e)
            {
                first ??= e;
            }
        }

        if (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    private async ValueTask WriteAsync(uint group, IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken)
    {
        var body = new byte[fragments.Count * BodySizes.FragmentEntry];
        var payload = new ReadOnlyMemory<byte>[fragments.Count];
        Describe(fragments, body, payload);
        await CallAsync(Parts(Operation.WriteFragments, group, body) with { Payload = payload }, default, cancellationToken);
    }

    private static void Describe(IReadOnlyList<FragmentWrite> fragments, byte[] body, ReadOnlyMemory<byte>[] payload)
    {
        var writer = new BodyWriter(body);
        for (var i = 0; i < payload.Length; i++)
        {
            writer.FragmentId(fragments[i].Id);
            writer.I32(fragments[i].Payload.Length);
            payload[i] = fragments[i].Payload;
        }
    }

    private RequestParts Parts(Operation operation, uint group, ReadOnlyMemory<byte> body) => new()
    {
        Operation = operation,
        Device = Identity.Id,
        Group = group,
        Epoch = group == 0 ? 0 : _epochs?.EpochOf(group) ?? 0,
        Body = body,
    };

    private async ValueTask<Answer> CallAsync(RequestParts parts, CallSubject subject, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var answer = await _client.SendAsync(parts, cancellationToken);
        Volatile.Write(ref _lastAnswer, _client.Options.Time.GetTimestamp());
        if (answer.Header.State == default)
        {
            SetState(DeviceState.Unreachable);
        }
        else
        {
            answer = answer with { Body = Hear(answer) };
        }

        return answer.Header.Status == AnswerStatus.Done ? answer : throw AnswerErrors.Read(answer, parts, subject);
    }

    /// <summary>Takes note of what an answer says of the device.</summary>
    private ReadOnlyMemory<byte> Hear(in Answer answer)
    {
        var usage = Decode(answer, static answer => new BodyReader(answer.Body.Span).Usage());
        lock (_gate)
        {
            _usage = usage;
            _state = answer.Header.State == DeviceState.Closed ? DeviceState.Unreachable : answer.Header.State;
        }

        return answer.Body[BodySizes.Usage..];
    }

    private void SetState(DeviceState state)
    {
        lock (_gate)
        {
            _state = state;
        }
    }

    private async Task PollAsync()
    {
        try
        {
            await RefreshAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException)
        {
            // Its state says so.
        }
        finally
        {
            Volatile.Write(ref _lastAnswer, _client.Options.Time.GetTimestamp());
            Volatile.Write(ref _isPolling, 0);
        }
    }
}
