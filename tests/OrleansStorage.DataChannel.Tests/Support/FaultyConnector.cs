using OrleansStorage.DataChannel.Transport;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>Connections to which a test does what networks do.</summary>
internal sealed class FaultyConnector(IChannelConnector inner) : IChannelConnector
{
    private readonly List<FaultyStream> _streams = [];

    public string Peer => inner.Peer;

    /// <summary>Called with each new connection, before anything goes over it.</summary>
    public Action<FaultyStream>? OnConnected { get; set; }

    /// <summary>Connections are refused while it is set.</summary>
    public bool IsDown { get; set; }

    public IReadOnlyList<FaultyStream> Streams
    {
        get
        {
            lock (_streams)
            {
                return [.. _streams];
            }
        }
    }

    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (IsDown)
        {
            throw new IOException("The network is down.");
        }

        var stream = new FaultyStream(await inner.ConnectAsync(cancellationToken));
        OnConnected?.Invoke(stream);
        lock (_streams)
        {
            _streams.Add(stream);
        }

        return stream;
    }
}
