namespace OrleansStorage.DataChannel.Transport;

/// <summary>Makes connections to one peer.</summary>
public interface IChannelConnector
{
    /// <summary>What metrics and messages call the peer.</summary>
    string Peer { get; }

    /// <summary>Makes a connection: a stream of bytes in both directions, in order. The caller disposes it.</summary>
    /// <remarks>
    /// One call may read while another writes. Disposing it ends both, with an <see cref="IOException"/>,
    /// <see cref="ObjectDisposedException"/> or <see cref="OperationCanceledException"/>.
    /// </remarks>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken);
}
