namespace OrleansStorage.S3.Client;

/// <summary>How a request's body is protected by its signature.</summary>
public enum PayloadMode
{
    /// <summary>Its SHA-256 is signed.</summary>
    SignedPayload,

    /// <summary>UNSIGNED-PAYLOAD.</summary>
    UnsignedPayload,

    /// <summary>STREAMING-AWS4-HMAC-SHA256-PAYLOAD.</summary>
    Chunked,

    /// <summary>STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, with <see cref="S3Request.Trailer"/>.</summary>
    ChunkedTrailer,

    /// <summary>STREAMING-UNSIGNED-PAYLOAD-TRAILER, with <see cref="S3Request.Trailer"/>.</summary>
    UnsignedTrailer,
}

/// <summary>A request to be signed and sent.</summary>
public sealed class S3Request
{
    /// <summary>HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Bucket; empty for the service.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>Key, not encoded; empty for the bucket.</summary>
    public string Key { get; init; } = "";

    /// <summary>Query parameters, not encoded, in the order in which they are sent.</summary>
    public List<(string Name, string Value)> Query { get; init; } = [];

    /// <summary>Headers, all of which are signed but Expect.</summary>
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers that are sent and not signed.</summary>
    public Dictionary<string, string> UnsignedHeaders { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body; null for none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>How the body is protected.</summary>
    public PayloadMode Payload { get; init; } = PayloadMode.SignedPayload;

    /// <summary>Bytes of data in a chunk.</summary>
    public int ChunkBytes { get; init; } = 64 * 1024;

    /// <summary>The trailing header.</summary>
    public (string Name, string Value)? Trailer { get; init; }

    /// <summary>When it is signed; null for now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Changes what is sent after it was signed: the raw Authorization header.</summary>
    public Func<string, string>? TamperAuthorization { get; init; }

    /// <summary>Changes the encoded body after it was signed.</summary>
    public Func<byte[], byte[]>? TamperBody { get; init; }

    /// <summary>The Host header; null for that of the endpoint.</summary>
    public string? Host { get; init; }
}
