namespace OrleansStorage.DataChannel.Transport;

/// <summary>Takes the connections that peers make. Disposing it ends a call that waits.</summary>
public interface IChannelListener : IAsyncDisposable
{
    /// <summary>Waits for the next connection, of the kind that <see cref="IChannelConnector"/> describes. The caller disposes it.</summary>
    /// <returns>The connection; <see langword="null"/> when the listener was disposed.</returns>
    ValueTask<Stream?> AcceptAsync(CancellationToken cancellationToken);
}
