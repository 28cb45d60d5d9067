using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Signing;

/// <summary>How a body travels and is protected.</summary>
internal enum PayloadForm
{
    /// <summary>As it is, not covered by the signature.</summary>
    Unsigned,

    /// <summary>As it is, its SHA-256 in the signature.</summary>
    Signed,

    /// <summary>aws-chunked, each chunk signed.</summary>
    StreamingSigned,

    /// <summary>aws-chunked, each chunk and the trailer signed.</summary>
    StreamingSignedTrailer,

    /// <summary>aws-chunked with a trailer, nothing of it signed.</summary>
    StreamingUnsignedTrailer,
}

/// <summary>The meaning of an <c>x-amz-content-sha256</c> value.</summary>
/// <param name="Form">How the body travels.</param>
/// <param name="Text">The value as it enters the canonical request.</param>
internal readonly record struct PayloadClaim(PayloadForm Form, string Text)
{
    private const string UnsignedText = "UNSIGNED-PAYLOAD";
    private const int Sha256HexLength = 64;

    /// <summary>A body that the signature does not cover.</summary>
    public static PayloadClaim Unsigned { get; } = new(PayloadForm.Unsigned, UnsignedText);

    /// <summary>The body is in aws-chunked coding.</summary>
    public bool IsChunked => Form >= PayloadForm.StreamingSigned;

    /// <summary>The chunks carry signatures.</summary>
    public bool HasChunkSignatures => Form is PayloadForm.StreamingSigned or PayloadForm.StreamingSignedTrailer;

    /// <summary>A trailer follows the last chunk.</summary>
    public bool HasTrailer => Form is PayloadForm.StreamingSignedTrailer or PayloadForm.StreamingUnsignedTrailer;

    /// <summary>Reads a header value.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static PayloadClaim Parse(string value) => value switch
    {
        UnsignedText => Unsigned,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => new(PayloadForm.StreamingSigned, value),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => new(PayloadForm.StreamingSignedTrailer, value),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => new(PayloadForm.StreamingUnsignedTrailer, value),
        _ when IsSha256(value) => new(PayloadForm.Signed, value),
        _ => throw S3Exception.Argument(
            "x-amz-content-sha256",
            value,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
            + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."),
    };

    private static bool IsSha256(string value)
    {
        if (value.Length != Sha256HexLength)
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        return true;
    }
}
