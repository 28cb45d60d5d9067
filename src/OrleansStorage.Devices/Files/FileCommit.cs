namespace OrleansStorage.Devices.Files;

/// <summary>Neighbouring bytes to write and sync.</summary>
public abstract class FileCommit
{
    /// <summary>Where the bytes go.</summary>
    public long PositionBytes { get; set; }

    /// <summary>The bytes, in order; unchanged until <see cref="Complete"/>.</summary>
    public List<ReadOnlyMemory<byte>> Buffers { get; } = [];

    /// <summary>Called once, on a thread of the layer, not to be blocked for long.</summary>
    /// <param name="error"><see langword="null"/> when the bytes are durable.</param>
    public abstract void Complete(Exception? error);
}
