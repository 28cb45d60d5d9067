namespace OrleansStorage.DataChannel.Wire;

/// <summary>Reads messages of fixed length. Not Stream.ReadExactlyAsync, which leaves the scheduler of a simulation.</summary>
internal static class ExactRead
{
    /// <exception cref="EndOfStreamException">The stream ended before.</exception>
    public static async ValueTask ReadAllAsync(this Stream stream, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            var count = await stream.ReadAsync(destination, cancellationToken);
            if (count == 0)
            {
                throw new EndOfStreamException("The connection ended during the handshake.");
            }

            destination = destination[count..];
        }
    }
}
