using System.Net;
using System.Net.Sockets;

namespace OrleansStorage.DataChannel.Transport;

/// <summary>Connects over TCP.</summary>
/// <param name="endPoint">Where the peer listens: an <see cref="IPEndPoint"/> or a <see cref="DnsEndPoint"/>.</param>
public sealed class TcpChannelConnector(EndPoint endPoint) : IChannelConnector
{
    /// <inheritdoc/>
    public string Peer { get; } = endPoint.ToString() ?? string.Empty;

    /// <inheritdoc/>
    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
