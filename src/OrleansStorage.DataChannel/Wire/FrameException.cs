namespace OrleansStorage.DataChannel.Wire;

/// <summary>What the peer sent is not a frame that it may send. The connection ends.</summary>
internal sealed class FrameException(string message) : IOException(message);
