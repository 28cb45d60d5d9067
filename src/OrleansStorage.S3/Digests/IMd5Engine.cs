namespace OrleansStorage.S3.Digests;

/// <summary>Makes MD5 streams; an engine may compute many of them at once.</summary>
public interface IMd5Engine
{
    /// <summary>A fresh MD5. The caller disposes it.</summary>
    IMd5Stream CreateStream();
}

/// <summary>One running MD5. Used by one caller at a time.</summary>
public interface IMd5Stream : IDisposable
{
    /// <summary>The next bytes; the memory stays unchanged until the call completes.</summary>
    ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends the stream.</summary>
    /// <param name="destination">16 bytes are written.</param>
    void Finish(Span<byte> destination);
}
