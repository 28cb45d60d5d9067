using System.Buffers;
using System.Net.Sockets;
using System.Text;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Server;

/// <summary>One connection whose peer has proved the secret: reads requests, works on them, sends answers as they come.</summary>
internal sealed class ServerConnection : IDisposable
{
    private readonly DataChannelServer _server;
    private readonly DataChannelServerOptions _options;
    private readonly Stream _stream;
    private readonly FrameReader _reader;
    private readonly FrameSender _sender;
    private readonly CreditGate _credit;
    private readonly AsyncSignal _wake;
    private readonly AsyncSignal _drained;
    private readonly Queue<Work> _done = new();
    private readonly CancellationTokenSource _stop = new();
    private int _working;
    private bool _isDead;
    private bool _isReading;
    private bool _isSending;
    private long _lastReceived;
    private long _lastSent;
    private string? _goodbye;
    private Exception? _cause;

    public ServerConnection(DataChannelServer server, Stream stream)
    {
        _server = server;
        _options = server.Options;
        _stream = stream;
        _reader = new FrameReader(stream, OnReceived);
        _sender = new FrameSender(stream, OnSent);
        _credit = new CreditGate(_options.InFlightMax, _options.InFlightBytesMax, _options.RunContinuationsInline);
        _wake = new AsyncSignal(_options.RunContinuationsInline);
        _drained = new AsyncSignal(_options.RunContinuationsInline);
        _lastReceived = _lastSent = _options.Time.GetTimestamp();
    }

    /// <summary>Requests and bytes in flight.</summary>
    public (int Requests, long Bytes) InFlight => _credit.InFlight;

    /// <summary>Runs until the connection has ended and nothing of it is under way.</summary>
    /// <returns>Why it ended.</returns>
    public async Task<Exception> RunAsync()
    {
        var receiving = ReceiveLoopAsync();
        await SendLoopAsync();

        // First, for what waits for credit waits for these.
        DropAnswers();
        await receiving;
        while (Volatile.Read(ref _working) > 0)
        {
            await _drained.WaitAsync();
        }

        return _cause!;
    }

    public void Dispose() => _stop.Dispose();

    public void Abort(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _cause, cause, null) is null)
        {
            _stream.Dispose();
            _wake.Set();
            try
            {
#pragma warning disable VSTHRD103, CA1849 // On the caller's turn, not on a thread of the pool: simulations have one thread.
                _stop.Cancel();
#pragma warning restore VSTHRD103, CA1849
            }
            catch (ObjectDisposedException)
            {
                // The loops were quick to notice, and it is over already.
            }
        }
    }

    /// <summary>Ends the connection when the peer has been silent, or stuck, for too long.</summary>
    public void CheckProgress(long now)
    {
        var received = _options.Time.GetElapsedTime(Volatile.Read(ref _lastReceived), now);
        var sent = _options.Time.GetElapsedTime(Volatile.Read(ref _lastSent), now);
        if (Volatile.Read(ref _isSending) && sent >= _options.StallTimeout)
        {
            Abort(new TimeoutException("The peer does not take its answers."));
        }
        else if (Volatile.Read(ref _isReading) && _reader.IsInsideFrame && received >= _options.StallTimeout)
        {
            Abort(new TimeoutException("The peer does not go on with a frame."));
        }
        else if (Volatile.Read(ref _working) == 0 && received >= _options.IdleTimeout)
        {
            Abort(new TimeoutException("The peer is silent."));
        }
    }

    private void OnReceived(int bytes)
    {
        Volatile.Write(ref _lastReceived, _options.Time.GetTimestamp());
        _server.Meter.Received(bytes);
    }

    private void OnSent(int bytes)
    {
        Volatile.Write(ref _lastSent, _options.Time.GetTimestamp());
        _server.Meter.Sent(bytes);
    }

    private async Task ReceiveLoopAsync()
    {
        try
        {
            Volatile.Write(ref _isReading, true);
            while (await _reader.ReadHeaderAsync() is { } header)
            {
                await ReceiveAsync(header);
            }

            Abort(new EndOfStreamException("The peer closed the connection."));
        }
        catch (FrameException e)
        {
            // The peer is told; the send loop closes.
            _server.Meter.Error(nameof(DataChannelFault.Protocol));
            Volatile.Write(ref _goodbye, e.Message);
            _wake.Set();
        }
        catch (Exception e) when (IsLoss(e))
        {
            Abort(e);
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }

    private async ValueTask ReceiveAsync(FrameHeader header)
    {
        if (header.IsAnswer)
        {
            throw new FrameException("A client sends no answers.");
        }

        var body = new byte[header.BodyBytes];
        await _reader.ReadPartAsync(body, header.BodyCrc);
        var request = ServerRequest.Parse(header, body);

        Volatile.Write(ref _isReading, false);
        await _credit.AcquireAsync(request.CreditBytes);
        await _server.Credit.AcquireAsync(request.CreditBytes);
        Volatile.Write(ref _lastReceived, _options.Time.GetTimestamp());
        Volatile.Write(ref _isReading, true);
        Interlocked.Increment(ref _working);
        var payload = header.PayloadBytes == 0 ? null : ArrayPool<byte>.Shared.Rent(header.PayloadBytes);
        try
        {
            await _reader.ReadPartAsync(payload.AsMemory(0, header.PayloadBytes), header.PayloadCrc);
        }
        catch
        {
            ReturnPayload(payload);
            Release(request);
            throw;
        }

        _ = WorkAsync(request, payload);
    }

    private async Task WorkAsync(ServerRequest request, byte[]? payload)
    {
        var began = _options.Time.GetTimestamp();
        _server.Meter.Began();
        var header = request.Header;
        var served = _server.Find(header.Device);
        var reply = header.Operation switch
        {
            Operation.Ping => Reply.Done(),
            Operation.ListDevices => Reply.List(Lists.Write(_server.Identities)),
            _ => await RequestHandler.RunAsync(request, payload.AsMemory(0, header.PayloadBytes), served, _stop.Token),
        };
        ReturnPayload(payload);
        _server.Meter.Ended(header.Operation, reply.Status.ToString(), _options.Time.GetElapsedTime(began));
        Enqueue(new Work(request, reply, served));
    }

    private void Enqueue(Work work)
    {
        lock (_done)
        {
            if (!_isDead)
            {
                _done.Enqueue(work);
                work = default;
            }
        }

        if (work.Request is null)
        {
            _wake.Set();
        }
        else
        {
            End(work);
        }
    }

    private async Task SendLoopAsync()
    {
        try
        {
            while (_cause is null)
            {
                if (TryTake(out var work))
                {
                    await SendAsync(work);
                }
                else if (_sender.HasGathered)
                {
                    await FlushAsync();
                }
                else if (Volatile.Read(ref _goodbye) is { } reason)
                {
                    await SendGoodbyeAsync(reason);
                    Abort(new FrameException(reason));
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

    private bool TryTake(out Work work)
    {
        lock (_done)
        {
            return _done.TryDequeue(out work);
        }
    }

    private async ValueTask SendAsync(Work work)
    {
        try
        {
            BeginSend();
            var (header, body) = work.Reply.ToFrame(work.Request.Header, work.Device);
            await _sender.AppendAsync(header);
            await _sender.AppendAsync(body);
            await _sender.AppendAsync(work.Reply.Payload);
        }
        finally
        {
            Volatile.Write(ref _isSending, false);
            End(work);
        }
    }

    private async ValueTask FlushAsync()
    {
        BeginSend();
        await _sender.FlushAsync();
        Volatile.Write(ref _isSending, false);
    }

    private async ValueTask SendGoodbyeAsync(string reason)
    {
        var words = Encoding.UTF8.GetBytes(reason);
        BeginSend();
        await _sender.AppendAsync(new FrameHeader
        {
            Operation = Operation.Goodbye,
            IsAnswer = true,
            BodyBytes = words.Length,
            BodyCrc = Crc32C.Append(0, words),
        });
        await _sender.AppendAsync(words);
        await _sender.FlushAsync();
    }

    private void BeginSend()
    {
        Volatile.Write(ref _lastSent, _options.Time.GetTimestamp());
        Volatile.Write(ref _isSending, true);
    }

    private void DropAnswers()
    {
        List<Work> left;
        lock (_done)
        {
            _isDead = true;
            left = [.. _done];
            _done.Clear();
        }

        left.ForEach(End);
    }

    private void End(Work work)
    {
        work.Reply.Return();
        Release(work.Request);
    }

    private void Release(ServerRequest request)
    {
        _server.Credit.Release(request.CreditBytes);
        _credit.Release(request.CreditBytes);
        if (Interlocked.Decrement(ref _working) == 0)
        {
            _drained.Set();
        }
    }

    private static void ReturnPayload(byte[]? payload)
    {
        if (payload is not null)
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    private static bool IsLoss(Exception e) =>
        e is IOException or ObjectDisposedException or OperationCanceledException or SocketException;

    private readonly record struct Work(ServerRequest Request, Reply Reply, ServedDevice? Device);
}
