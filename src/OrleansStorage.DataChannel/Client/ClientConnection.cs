using System.Net.Sockets;
using System.Text;
using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel.Client;

/// <summary>One connection that both sides trust: sends requests and finds whom an answer is for.</summary>
internal sealed class ClientConnection
{
    private readonly DataChannelClient _client;
    private readonly Stream _stream;
    private readonly ChannelLimits _limits;
    private readonly FrameReader _reader;
    private readonly FrameSender _sender;
    private readonly AsyncSignal _wake;
    private readonly LinkedList<PendingRequest> _assigned = new();
    private readonly Dictionary<ulong, PendingRequest> _sent = [];
    private readonly byte[] _body = new byte[FrameHeader.BodyBytesMax];
    private ulong _lastId;
    private int _inFlight;
    private long _inFlightBytes;
    private long _lastReceived;
    private Exception? _cause;

    public ClientConnection(DataChannelClient client, Stream stream, ChannelLimits peer)
    {
        _client = client;
        _stream = stream;
        _limits = new ChannelLimits(
            Math.Min(peer.Requests, client.Options.InFlightMax), Math.Min(peer.Bytes, client.Options.InFlightBytesMax));
        _wake = new AsyncSignal(client.Options.RunContinuationsInline);
        _lastReceived = client.Options.Time.GetTimestamp();
        _reader = new FrameReader(stream, OnReceived);
        _sender = new FrameSender(stream, client.Meter.Sent);
    }

    /// <summary>When the peer was last heard.</summary>
    public long LastReceived => Volatile.Read(ref _lastReceived);

    public long InFlightBytes => _inFlightBytes;

    public bool HasPing { get; set; }

    /// <summary>Requests that are sent and have no outcome, for a look at their deadlines. Under the gate.</summary>
    public IEnumerable<PendingRequest> Open => _assigned.Concat(_sent.Values);

    /// <summary>Whether a request may be in flight beside the others. Under the gate.</summary>
    public bool HasCredit(PendingRequest request) => _cause is null
        && _inFlight < _limits.Requests
        && (_inFlightBytes == 0 || _inFlightBytes + request.CreditBytes <= _limits.Bytes);

    /// <summary>Takes a request over. Under the gate; <see cref="Wake"/> follows outside of it.</summary>
    public void Assign(PendingRequest request)
    {
        request.State = RequestState.Assigned;
        request.Connection = this;
        _inFlight++;
        _inFlightBytes += request.CreditBytes;
        _assigned.AddLast(request);
    }

    public void Wake() => _wake.Set();

    /// <summary>Gives back what a request counted for. Under the gate, once for each.</summary>
    public void Forget(PendingRequest request)
    {
        _inFlight--;
        _inFlightBytes -= request.CreditBytes;
        request.Connection = null;
        if (request.State == RequestState.Sent)
        {
            _sent.Remove(request.Header.RequestId);
        }
        else
        {
            _assigned.Remove(request);
        }
    }

    /// <summary>Ends the connection; <see cref="RunAsync"/> returns when both loops have let go.</summary>
    public void Abort(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _cause, cause, null) is null)
        {
            _stream.Dispose();
            _wake.Set();
        }
    }

    /// <summary>Runs until the connection is lost.</summary>
    /// <returns>Why it was.</returns>
    public async Task<Exception> RunAsync()
    {
        var receiving = ReceiveLoopAsync();
        await SendLoopAsync();
        await receiving;
        return _cause!;
    }

    /// <summary>Takes what is left when the loops have ended. Under the gate.</summary>
    public (List<PendingRequest> Unsent, List<PendingRequest> Sent) TakeAll()
    {
        List<PendingRequest> unsent = [.. _assigned];
        List<PendingRequest> sent = [.. _sent.Values];
        unsent.ForEach(Forget);
        sent.ForEach(Forget);
        return (unsent, sent);
    }

    private void OnReceived(int bytes)
    {
        Volatile.Write(ref _lastReceived, _client.Options.Time.GetTimestamp());
        _client.Meter.Received(bytes);
    }

    private async Task SendLoopAsync()
    {
        try
        {
            while (_cause is null)
            {
                if (TakeNext() is { } request)
                {
                    await SendAsync(request);
                }
                else if (_sender.HasGathered)
                {
                    await _sender.FlushAsync();
                }
                else
                {
                    await _wake.WaitAsync();
                }
            }
        }
        catch (Exception e) when (IsLoss(e))
        {
            Abort(e);
        }
    }

    private PendingRequest? TakeNext()
    {
        lock (_client.Gate)
        {
            if (_cause is not null || _assigned.First is not { Value: var request })
            {
                return null;
            }

            _assigned.RemoveFirst();
            request.Header.RequestId = ++_lastId;
            request.State = RequestState.Sent;
            request.Hold();
            _sent.Add(request.Header.RequestId, request);
            return request;
        }
    }

    private async ValueTask SendAsync(PendingRequest request)
    {
        try
        {
            await _sender.AppendAsync(request.Header);
            await _sender.AppendAsync(request.Body);
            foreach (var piece in request.Payload)
            {
                await _sender.AppendAsync(piece);
            }
        }
        finally
        {
            _client.Release(request);
        }
    }

    private async Task ReceiveLoopAsync()
    {
        try
        {
            while (await _reader.ReadHeaderAsync() is { } header)
            {
                await ReceiveAsync(header);
            }

            Abort(new EndOfStreamException("The peer closed the connection."));
        }
        catch (Exception e) when (IsLoss(e))
        {
            Abort(e);
        }
    }

    private async ValueTask ReceiveAsync(FrameHeader header)
    {
        if (!header.IsAnswer)
        {
            throw new FrameException("The peer answers with a request.");
        }

        if (header.Operation == Operation.Goodbye)
        {
            throw new FrameException($"The peer closes the connection: {await ReadReasonAsync(header)}");
        }

        var request = Find(header);
        if (request is null)
        {
            // Its caller has given up.
            await _reader.SkipAsync(header.BodyBytes + header.PayloadBytes);
            return;
        }

        try
        {
            var answer = await ReadAsync(request, header);
            _client.Settle(request, answer);
        }
        finally
        {
            _client.Release(request);
        }
    }

    private async ValueTask<string> ReadReasonAsync(FrameHeader header)
    {
        var reason = _body.AsMemory(0, header.BodyBytes);
        await _reader.ReadPartAsync(reason, header.BodyCrc);
        return Encoding.UTF8.GetString(reason.Span);
    }

    private PendingRequest? Find(in FrameHeader header)
    {
        lock (_client.Gate)
        {
            if (header.RequestId > _lastId || header.RequestId == 0)
            {
                throw new FrameException("The peer answers what nobody asked.");
            }

            if (!_sent.TryGetValue(header.RequestId, out var request))
            {
                return null;
            }

            request.Hold();
            return request;
        }
    }

    private async ValueTask<Answer> ReadAsync(PendingRequest request, FrameHeader header)
    {
        var isDone = header.Status == AnswerStatus.Done;
        var isRead = isDone && !request.Destination.IsEmpty;
        var isFit = isRead
            ? header.PayloadBytes == request.Destination.Length
            : header.PayloadBytes == 0 || (isDone && IsList(header.Operation));
        if (header.Operation != request.Header.Operation || !isFit)
        {
            throw new FrameException("An answer does not fit its request.");
        }

        var body = _body.AsMemory(0, header.BodyBytes);
        await _reader.ReadPartAsync(body, header.BodyCrc);
        var payload = isRead ? request.Destination : new byte[header.PayloadBytes];
        await _reader.ReadPartAsync(payload, header.PayloadCrc);
        return new Answer(header, body.ToArray(), isRead ? default : payload);
    }

    private static bool IsList(Operation operation) => operation
        is Operation.ListFragments or Operation.ListExtents or Operation.ListBlocks or Operation.ListDevices or Operation.Status;

    private static bool IsLoss(Exception e) =>
        e is IOException or ObjectDisposedException or OperationCanceledException or SocketException;
}
